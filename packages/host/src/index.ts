export { execFileSync, execSync, fork, spawnSync } from 'node:child_process';
export { capabilities } from './capabilities.ts';
export type { Capabilities } from './capabilities.ts';
export { ChildProcess } from './child-process.ts';
export { exec, execFile } from './exec-file.ts';
export { setStartLimit } from './launch.ts';
export type { ExitStatus } from './launch.ts';
export type { HostOptions } from './normalize.ts';
export { chdir, close, closeFrom, dup2, fchdir, open, tcsetpgrp } from './request.ts';
export type {
  FileAction,
  MemoryPolicy,
  Placement,
  ResourceLimit,
  ResourceName,
  SpawnRequest,
  StdioEntry,
  Text,
} from './request.ts';
export { spawn } from './spawn.ts';
export type { Spawn } from './spawn.ts';
export { start } from './start.ts';
export type { Child, StartRefusal } from './start.ts';
export type { StepName } from './step.ts';
export { createTemplate } from './template.ts';
export type { Template, TemplateOptions, TemplateRequest } from './template.ts';
