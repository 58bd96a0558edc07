// The listener of one Node environment, on its own thread but for owner_tell in job.h.
#ifndef FORKLESS_OWNER_H
#define FORKLESS_OWNER_H

#define NAPI_VERSION 8
#define NAPI_VERSION 8
#include <node_api.h>

#include "job.h"

// Two references: the environment's, and one for the caller. NULL if there are no descriptors for it.
struct owner *owner_open(napi_env env, napi_value callback);
// A job that is about to be submitted, and one that could not be.
void owner_begin(struct owner *owner, struct job *job);
void owner_undo(struct job *job);
// Closes what it was granted, on a thread that has the process's table.
void job_close_granted(struct job *job);
// Whether children that are being waited for keep the event loop alive.
void owner_hold(struct owner *owner, bool hold);

#endif
