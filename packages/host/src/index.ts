export { ChildProcess, execFileSync, execSync, fork, spawnSync } from 'node:child_process';
export { capabilities } from './capabilities.ts';
export type { Capabilities } from './capabilities.ts';
export { exec, execFile } from './exec-file.ts';
export { setStartLimit } from './launch.ts';
export type { ExitStatus } from './launch.ts';
export type { HostOptions } from './normalize.ts';
export { askErrors } from './oracle/errors.ts';
export type { Clone3Question, ExecveQuestion } from './oracle/errors.ts';
export { askMempolicy } from './oracle/mempolicy.ts';
export type { MempolicyQuestion } from './oracle/mempolicy.ts';
export { askPid } from './oracle/pid.ts';
export type { PidQuestion } from './oracle/pid.ts';
export { askTopology } from './oracle/topology.ts';
export type { NodeFacts, TopologyFacts } from './oracle/topology.ts';
export type { KernelAnswer } from './oracle/scratch.ts';
export { chdir, close, closeFrom, dup2, fchdir, open, tcsetpgrp } from './request.ts';
export type {
  FileAction,
  HostRequest,
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
