// Who is told of children: one listener in each Node environment (the main thread and workers). A helper
// rings its bell when a child has started; from then on the event loop itself watches the child's pidfd and
// reaps it, so that news of an exit changes threads only once. Bell and pidfds lie in one epoll set, which
// libuv polls: a child costs one entry there and no handle.
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "owner.h"
#include "raw.h"

// What we use of libuv, which is inside every Node; its sizes are asked for, not known. A thread-safe
// function of N-API will not do: it writes to a descriptor of libuv, which a helper's table does not have.
enum { UV_POLL_TYPE = 8, UV_READABLE_EVENT = 1, EVENTS_MAX = 64 };
size_t uv_handle_size(int type);
int uv_poll_init(void *loop, void *handle, int fd);
int uv_poll_start(void *handle, int events, void (*callback)(void *handle, int status, int events));
void uv_close(void *handle, void (*callback)(void *handle));
void uv_ref(void *handle);
void uv_unref(void *handle);

// Outlives its environment for as long as a child of it is to be reaped.
struct owner {
  pthread_mutex_t lock;
  pthread_cond_t started;
  int references;           // under lock: the environment's, JavaScript's, one a job
  int starting;             // under lock: jobs of which nothing has been told yet
  bool gone;                // written under lock, by the loop's thread
  struct job *told, **last;  // under lock: what is to be told, in order
  struct job *watched;      // of the loop's thread alone
  int epoll, bell;          // in the table of the process, closed once gone
  void *poll;               // libuv's handle on epoll; its first field is a pointer of ours
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
};

void job_close_granted(struct job *job) {
  for (int i = 0; i < job->granted_count; i++)
    if (job->granted[i] >= 0) close(job->granted[i]);
  job->granted_count = 0;
}

void owner_begin(struct owner *owner, struct job *job) {
  pthread_mutex_lock(&owner->lock);
  owner->references++;
  owner->starting++;
  pthread_mutex_unlock(&owner->lock);
  job->owner = owner;
}

void owner_undo(struct job *job) {
  pthread_mutex_lock(&job->owner->lock);
  job->owner->starting--;
  pthread_mutex_unlock(&job->owner->lock);
  job_close_granted(job);
  job_finish(job);
}

void owner_release(struct owner *owner) {
  pthread_mutex_lock(&owner->lock);
  const bool last = --owner->references == 0;
  pthread_mutex_unlock(&owner->lock);
  if (!last) return;
  pthread_mutex_destroy(&owner->lock);
  pthread_cond_destroy(&owner->started);
  free(owner);
}

bool owner_tell(struct job *job) {
  struct owner *owner = job->owner;
  int bell = -1;
  pthread_mutex_lock(&owner->lock);
  const bool heard = !owner->gone;
  if (job->state != JOB_ENDED && --owner->starting == 0) pthread_cond_signal(&owner->started);
  if (heard) {
    const bool silent = owner->told == NULL;
    job->next = NULL;
    *owner->last = job;
    owner->last = &job->next;
    if (silent) bell = helper_take_bell(owner->bell);
  }
  pthread_mutex_unlock(&owner->lock);
  helper_ring(bell);
  return heard;
}

static struct job *take_told(struct owner *owner) {
  pthread_mutex_lock(&owner->lock);
  struct job *first = owner->told;
  owner->told = NULL;
  owner->last = &owner->told;
  pthread_mutex_unlock(&owner->lock);
  return first;
}

// ---- watching

// Until it is reaped its pid is its own, so this is surely its pidfd. With no room for a descriptor, a
// helper looks after it from time to time.
static void watch(struct owner *owner, struct job *job) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = job};
  job->pidfd = (int)RAW(SYS_pidfd_open, job->pid, 0);
  if (job->pidfd < 0 || epoll_ctl(owner->epoll, EPOLL_CTL_ADD, job->pidfd, &event) != 0) {
    if (job->pidfd >= 0) close(job->pidfd);
    job->pidfd = -1;
    helpers_poll(job);
    return;
  }
  job->after = owner->watched;
  job->before = &owner->watched;
  if (job->after != NULL) job->after->before = &job->after;
  owner->watched = job;
}

// By hand: epoll forgets a descriptor by itself only once no copy of it is left, and a fork of somebody
// else may hold one.
static void unwatch(struct owner *owner, struct job *job) {
  *job->before = job->after;
  if (job->after != NULL) job->after->before = job->before;
  epoll_ctl(owner->epoll, EPOLL_CTL_DEL, job->pidfd, NULL);
  close(job->pidfd);
  job->pidfd = -1;
}

// ---- telling

static void deliver(struct owner *owner, const struct job *job, enum job_state state) {
  napi_env env = owner->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  const bool ended = state == JOB_ENDED;
  const double numbers[] = {ended, job->id, job->pid, state == JOB_RUNNING ? 0 : job->error,
                            ended ? job->code : job->failed_step, ended ? job->signal : job->path_index,
                            (double)job->user_us, (double)job->system_us, (double)job->rss_kib};
  enum { COUNT = sizeof numbers / sizeof *numbers, COUNT_OF_START = 6 };
  napi_value arguments[COUNT], receiver, callback;
  for (int i = 0; i < COUNT; i++) napi_create_double(env, numbers[i], &arguments[i]);
  napi_get_global(env, &receiver);
  napi_get_reference_value(env, owner->callback, &callback);
  // Runs what the callback left for the next tick, too; what it throws is uncaught, as in any callback.
  if (napi_make_callback(env, owner->context, receiver, callback, ended ? COUNT : COUNT_OF_START,
                         arguments, NULL) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

// A child whose environment ends runs on, is reaped, and nobody is told.
static void forsake(struct job *job, enum job_state state) {
  job_close_granted(job);
  if (state == JOB_RUNNING) helpers_poll(job);
  else job_finish(job);
}

static void deliver_told(struct owner *owner) {
  for (struct job *job = take_told(owner), *next; job != NULL; job = next) {
    next = job->next;
    const enum job_state state = job->state;
    // A callback may end the environment; the rest is then for nobody.
    if (owner->gone) {
      forsake(job, state);
      continue;
    }
    job_close_granted(job);
    if (state == JOB_RUNNING) watch(owner, job);
    deliver(owner, job, state);
    if (state != JOB_RUNNING) job_finish(job);
  }
}

static void on_ready(void *handle, int status, int ready) {
  (void)status, (void)ready;
  struct owner *owner = *(void **)handle;
  struct epoll_event events[EVENTS_MAX];
  const int count = epoll_wait(owner->epoll, events, EVENTS_MAX, 0);
  for (int i = 0; i < count && !owner->gone; i++) {
    struct job *job = events[i].data.ptr;
    if (job == NULL) {
      deliver_told(owner);
    } else if (job_reap(job)) {
      unwatch(owner, job);
      deliver(owner, job, JOB_ENDED);
      job_finish(job);
    }
  }
}

// ---- beginning and end

static void on_closed(void *handle) {
  struct owner *owner = *(void **)handle;
  close(owner->bell);
  close(owner->epoll);
  free(handle);
  napi_remove_async_cleanup_hook(owner->cleanup);
  owner_release(owner);
}

static void leave(napi_async_cleanup_hook_handle cleanup, void *data) {
  struct owner *owner = data;
  owner->cleanup = cleanup;
  pthread_mutex_lock(&owner->lock);
  // What was asked for is done, as by a spawn that waits; so all that was granted can be closed here.
  while (owner->starting > 0) pthread_cond_wait(&owner->started, &owner->lock);
  owner->gone = true;
  pthread_mutex_unlock(&owner->lock);
  for (struct job *job = take_told(owner), *next; job != NULL; job = next) {
    next = job->next;
    forsake(job, job->state);
  }
  while (owner->watched != NULL) {
    struct job *job = owner->watched;
    unwatch(owner, job);
    helpers_poll(job);
  }
  uv_close(owner->poll, on_closed);
}

// The bell is edge-triggered: nobody has to read it.
static bool open_bell(struct owner *owner) {
  struct uv_loop_s *loop;
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
  owner->epoll = epoll_create1(EPOLL_CLOEXEC);
  owner->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  owner->poll = calloc(1, uv_handle_size(UV_POLL_TYPE));
  if (owner->poll != NULL && epoll_ctl(owner->epoll, EPOLL_CTL_ADD, owner->bell, &event) == 0 &&
      napi_get_uv_event_loop(owner->env, &loop) == napi_ok &&
      uv_poll_init(loop, owner->poll, owner->epoll) == 0) {
    *(void **)owner->poll = owner;
    uv_poll_start(owner->poll, UV_READABLE_EVENT, on_ready);
    uv_unref(owner->poll);
    return true;
  }
  if (owner->bell >= 0) close(owner->bell);
  if (owner->epoll >= 0) close(owner->epoll);
  free(owner->poll);
  return false;
}

struct owner *owner_open(napi_env env, napi_value callback) {
  napi_value name;
  struct owner *owner = calloc(1, sizeof *owner);
  if (owner == NULL) return NULL;
  owner->env = env;
  owner->last = &owner->told;
  owner->references = 2;
  pthread_mutex_init(&owner->lock, NULL);
  pthread_cond_init(&owner->started, NULL);
  if (!open_bell(owner)) {
    free(owner);
    return NULL;
  }
  napi_create_string_utf8(env, "forkless", NAPI_AUTO_LENGTH, &name);
  napi_create_reference(env, callback, 1, &owner->callback);
  napi_async_init(env, NULL, name, &owner->context);
  napi_add_async_cleanup_hook(env, leave, owner, &owner->cleanup);
  return owner;
}

void owner_hold(struct owner *owner, bool hold) {
  if (owner->gone) return;
  if (hold) uv_ref(owner->poll);
  else uv_unref(owner->poll);
}
