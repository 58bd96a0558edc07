// Refuses a Node that is too old with one readable sentence. Imported first by every script here, and
// kept to what old versions understand, so that it gets to say so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Forkless needs Node 20.19 or newer; this is Node ${process.versions.node} (${process.execPath}).`,
  );
  process.exit(2);
}
