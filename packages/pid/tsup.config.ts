import { library } from '../../tooling/tsup/library.ts';

// Constants of files without imports become literals where they are used: a bundler makes variables of
// them otherwise, which the loops over words would read again and again.
export default library({ minifySyntax: true });
