// The N-API side: JavaScript hands over a request in one array of integers and one text. Any number of Node
// environments (the main thread and workers) share the helpers; each has its own owner, which is told.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "owner.h"
#include "raw.h"
#include "scratch.h"

extern char **environ;

// ---- small helpers

static napi_value fail(napi_env env, int error, const char *what) {
  char code[16];
  snprintf(code, sizeof code, "%d", error);
  napi_throw_error(env, code, what);
  return NULL;
}

static napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

static bool read_arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value *values) {
  size_t count = wanted;
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) != napi_ok || count < wanted) {
    napi_throw_type_error(env, NULL, "too few arguments");
    return false;
  }
  return true;
}

static int read_int(napi_env env, napi_value value) {
  int32_t result = -1;
  napi_get_value_int32(env, value, &result);
  return result;
}

static struct job *read_job(napi_env env, napi_value value) {
  void *job = NULL;
  if (napi_get_value_external(env, value, &job) != napi_ok)
    napi_throw_type_error(env, NULL, "not a child");
  return job;
}

static struct owner *read_owner(napi_env env, napi_value value) {
  void *owner = NULL;
  if (napi_get_value_external(env, value, &owner) != napi_ok)
    napi_throw_type_error(env, NULL, "not what listen returned");
  return owner;
}

// ---- submit(listener, numbers, text, identity)

// The integers before the program, in the order of src/program.ts.
enum header { AT_ID, AT_FLAGS, AT_ARGC, AT_ENVC, AT_PATHC, AT_STRINGC, AT_HIGH, AT_CGROUP, AT_GRANTED, AT_REST };

static size_t environ_size(size_t *count) {
  size_t bytes = 0;
  *count = 0;
  for (char **one = environ; one != NULL && *one != NULL; one++) {
    bytes += strlen(*one) + 1;
    ++*count;
  }
  return bytes;
}

// Fills a list of pointers from strings that lie one after the other, each ended by NUL.
static char **split(char **list, size_t count, char **text) {
  for (size_t i = 0; i < count; i++) {
    *list++ = *text;
    *text += strlen(*text) + 1;
  }
  *list++ = NULL;
  return list;
}

static size_t count_strings(const char *text, size_t size) {
  size_t count = 0;
  for (const char *end = text + size; text < end; text++) count += *text == '\0';
  return count;
}

struct parts {
  const int32_t *numbers;
  size_t numbers_length, text_size, env_count, env_size, pointers;
  bool own_env;  // the environment of this process, not one of the request
};

// Lays the job out: the struct, the numbers, what was pulled, the pointers, the text, the environment.
static struct job *allocate(struct parts *parts, char **text) {
  const int32_t *numbers = parts->numbers;
  parts->own_env = numbers[AT_ENVC] < 0;
  if (parts->own_env) parts->env_size = environ_size(&parts->env_count);
  else parts->env_count = (size_t)numbers[AT_ENVC];
  parts->pointers = (size_t)numbers[AT_ARGC] + parts->env_count + (size_t)numbers[AT_PATHC] +
                    (size_t)numbers[AT_STRINGC] + 5;
  const size_t pointers_size = parts->pointers * sizeof(char *);
  const size_t numbers_size = (parts->numbers_length * sizeof(int32_t) + 7) & ~(size_t)7;
  const size_t pulled_size = ((size_t)numbers[AT_GRANTED] * sizeof(int32_t) + 7) & ~(size_t)7;
  char *block = calloc(1, sizeof(struct job) + pointers_size + numbers_size + pulled_size +
                              parts->text_size + parts->env_size + 1);
  if (block == NULL) return NULL;
  struct job *job = (struct job *)block;
  char **pointers = (char **)(block + sizeof(struct job));
  int32_t *copy = (int32_t *)(block + sizeof(struct job) + pointers_size);
  memcpy(copy, numbers, parts->numbers_length * sizeof(int32_t));
  job->granted = copy + AT_REST;
  job->program = job->granted + numbers[AT_GRANTED];
  job->pulled = (int32_t *)((char *)copy + numbers_size);
  job->argv = pointers + 1;
  *text = (char *)job->pulled + pulled_size;
  return job;
}

static void fill(struct job *job, const struct parts *parts, char *text) {
  const int32_t *numbers = parts->numbers;
  char *environment = text + parts->text_size;
  if (parts->own_env) {
    char *to = environment;
    for (size_t i = 0; i < parts->env_count; i++) to = stpcpy(to, environ[i]) + 1;
  }
  job->envp = split(job->argv, (size_t)numbers[AT_ARGC], &text);
  job->paths = split(job->envp, parts->env_count, parts->own_env ? &environment : &text);
  job->strings = split(job->paths, (size_t)numbers[AT_PATHC], &text);
  split(job->strings, (size_t)numbers[AT_STRINGC], &text);
  job->id = (uint32_t)numbers[AT_ID];
  job->flags = (uint32_t)numbers[AT_FLAGS];
  job->high = numbers[AT_HIGH];
  job->cgroup = numbers[AT_CGROUP];
  job->granted_count = numbers[AT_GRANTED];
  job->program_length = (int)parts->numbers_length - AT_REST - job->granted_count;
  pthread_mutex_init(&job->lock, NULL);
  pthread_cond_init(&job->decided, NULL);
  job->references = 2;
  inherited_read(&job->inherited);
}

// What the child is granted is taken now, as the caller may close it and open another file by its number
// before a helper comes to it. One that is not open is refused by the step that would use it.
static int take_granted(struct job *job) {
  for (int i = 0; i < job->granted_count; i++) {
    const int copy = fcntl(job->granted[i], F_DUPFD_CLOEXEC, 3);
    if (copy < 0 && errno != EBADF) {
      const int error = errno;
      job->granted_count = i;
      job_close_granted(job);
      return error;
    }
    job->granted[i] = copy;
  }
  return 0;
}

static void finalize_job(napi_env env, void *job, void *hint) {
  (void)env, (void)hint;
  job_release(job);
}

static bool text_into(napi_env env, napi_value value, char *to, size_t *size) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type == napi_string)
    return napi_get_value_string_utf8(env, value, to, to == NULL ? 0 : *size + 1, size) == napi_ok;
  void *bytes;
  size_t length;
  if (napi_get_typedarray_info(env, value, NULL, &length, &bytes, NULL, NULL) != napi_ok) return false;
  if (to != NULL) memcpy(to, bytes, length);
  *size = length;
  return true;
}

static struct job *read_request(napi_env env, napi_value *values) {
  struct parts parts = {0};
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, values[0], &type, &parts.numbers_length,
                               (void **)&parts.numbers, NULL, NULL) != napi_ok ||
      type != napi_int32_array || parts.numbers_length < AT_REST ||
      !text_into(env, values[1], NULL, &parts.text_size)) {
    napi_throw_type_error(env, NULL, "expected an Int32Array and a text");
    return NULL;
  }
  char *text;
  struct job *job = allocate(&parts, &text);
  if (job == NULL) return fail(env, ENOMEM, "no memory for the request"), NULL;
  text_into(env, values[1], text, &parts.text_size);
  const size_t strings = (size_t)parts.numbers[AT_ARGC] + (parts.own_env ? 0 : parts.env_count) +
                         (size_t)parts.numbers[AT_PATHC] + (size_t)parts.numbers[AT_STRINGC];
  if (count_strings(text, parts.text_size) != strings) {
    free(job);
    return fail(env, EINVAL, "the text does not hold the strings the numbers speak of"), NULL;
  }
  fill(job, &parts, text);
  int64_t *identity;
  size_t length;
  if (job->flags & JOB_CHECK_IDENTITY &&
      napi_get_typedarray_info(env, values[2], NULL, &length, (void **)&identity, NULL, NULL) == napi_ok &&
      length == IDENTITY_WORDS)
    memcpy(job->identity, identity, sizeof job->identity);
  return job;
}

static napi_value submit(napi_env env, napi_callback_info info) {
  napi_value values[4], handle;
  struct owner *owner;
  if (!read_arguments(env, info, 4, values)) return NULL;
  if ((owner = read_owner(env, values[0])) == NULL) return NULL;
  struct job *job = read_request(env, values + 1);
  if (job == NULL) return NULL;
  int error = take_granted(job);
  if (error != 0) {
    free(job);
    return fail(env, error, "no descriptor to hold what the child is granted");
  }
  owner_begin(owner, job);
  napi_create_external(env, job, finalize_job, NULL, &handle);
  error = helpers_submit(job);
  if (error == 0) return handle;
  owner_undo(job);
  return fail(env, error, "no thread to make the child");
}

// ---- the other calls

// The pid, or a negated errno, once that is known: blocks for as long as the child is being made.
static napi_value wait_for_pid(napi_env env, napi_callback_info info) {
  napi_value value;
  struct job *job;
  if (!read_arguments(env, info, 1, &value) || (job = read_job(env, value)) == NULL) return NULL;
  pthread_mutex_lock(&job->lock);
  while (job->state == JOB_QUEUED) pthread_cond_wait(&job->decided, &job->lock);
  const int result = job->state == JOB_FAILED ? -job->error : job->pid;
  pthread_mutex_unlock(&job->lock);
  return number(env, result);
}

// 0, or an errno. ESRCH once it is reaped: under the lock its pid cannot have gone to another process.
static napi_value send_signal(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct job *job;
  if (!read_arguments(env, info, 2, values) || (job = read_job(env, values[0])) == NULL) return NULL;
  const int signal = read_int(env, values[1]);
  pthread_mutex_lock(&job->lock);
  while (job->state == JOB_QUEUED) pthread_cond_wait(&job->decided, &job->lock);
  int error = ESRCH;
  if (job->state == JOB_RUNNING) error = kill(job->pid, signal) == 0 ? 0 : errno;
  pthread_mutex_unlock(&job->lock);
  return number(env, error);
}

// A pidfd in the table of the process, or a negated errno.
static napi_value open_pidfd(napi_env env, napi_callback_info info) {
  napi_value value;
  struct job *job;
  if (!read_arguments(env, info, 1, &value) || (job = read_job(env, value)) == NULL) return NULL;
  pthread_mutex_lock(&job->lock);
  while (job->state == JOB_QUEUED) pthread_cond_wait(&job->decided, &job->lock);
  const long result = job->state == JOB_RUNNING ? RAW(SYS_pidfd_open, job->pid, 0) : -ESRCH;
  pthread_mutex_unlock(&job->lock);
  return number(env, (double)result);
}

// Two ends of a stream: a * 2^20 + b, or a negated errno. Ours, a, does not block.
static napi_value open_pair(napi_env env, napi_callback_info info) {
  (void)info;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return number(env, -errno);
  fcntl(ends[0], F_SETFL, O_RDWR | O_NONBLOCK);
  return number(env, (double)ends[0] * 1048576 + ends[1]);
}

static napi_value close_descriptor(napi_env env, napi_callback_info info) {
  napi_value value;
  if (read_arguments(env, info, 1, &value)) close(read_int(env, value));
  return NULL;
}

// Whether children that are being waited for keep the event loop alive.
static napi_value hold_loop(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct owner *owner;
  bool hold = false;
  if (!read_arguments(env, info, 2, values) || (owner = read_owner(env, values[0])) == NULL) return NULL;
  napi_get_value_bool(env, values[1], &hold);
  owner_hold(owner, hold);
  return NULL;
}

static napi_value set_limit(napi_env env, napi_callback_info info) {
  napi_value value;
  if (!read_arguments(env, info, 1, &value)) return NULL;
  return number(env, helpers_set_limit(read_int(env, value)));
}

static void finalize_owner(napi_env env, void *owner, void *hint) {
  (void)env, (void)hint;
  owner_release(owner);
}

// listen(callback): who is told of the children submitted with what this returns.
static napi_value start_listening(napi_env env, napi_callback_info info) {
  napi_value callback, listener;
  if (!read_arguments(env, info, 1, &callback)) return NULL;
  struct owner *owner = owner_open(env, callback);
  if (owner == NULL) return fail(env, EMFILE, "no descriptor to be told by");
  napi_create_external(env, owner, finalize_owner, NULL, &listener);
  return listener;
}

// { clone, getfd }: 0, or the errno that says why not.
static napi_value probe(napi_env env, napi_callback_info info) {
  (void)info;
  static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
  static bool known;
  static int clone_error, getfd_error;
  pthread_mutex_lock(&once);
  if (!known) helpers_probe(&clone_error, &getfd_error);
  known = true;
  pthread_mutex_unlock(&once);
  napi_value result;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "clone", number(env, clone_error));
  napi_set_named_property(env, result, "getfd", number(env, getfd_error));
  return result;
}

// Whether the questions fill their array exactly: what follows them is not ours to read.
static int count_questions(const int32_t *questions, size_t length) {
  int count = 0;
  size_t at = 0;
  while (at + 2 <= length && questions[at + 1] >= 0) {
    at += 2 + (size_t)questions[at + 1];
    count++;
  }
  return at == length ? count : -1;
}

// ask(own pid namespace, Int32Array, text, BigInt64Array for the answers): 0, or an errno.
static napi_value ask_kernel(napi_env env, napi_callback_info info) {
  napi_value values[4];
  if (!read_arguments(env, info, 4, values)) return NULL;
  struct scratch scratch = {0};
  napi_typedarray_type type, answer_type;
  size_t length, answer_length, text_size = 0;
  napi_get_value_bool(env, values[0], &scratch.own_pids);
  if (napi_get_typedarray_info(env, values[1], &type, &length, (void **)&scratch.questions, NULL, NULL) !=
          napi_ok ||
      type != napi_int32_array || !text_into(env, values[2], NULL, &text_size) ||
      napi_get_typedarray_info(env, values[3], &answer_type, &answer_length, (void **)&scratch.answers, NULL,
                               NULL) != napi_ok ||
      answer_type != napi_bigint64_array ||
      (scratch.count = count_questions(scratch.questions, length)) < 0 ||
      answer_length != (size_t)scratch.count + 1)
    return fail(env, EINVAL, "expected questions, a text, and room for an answer each");
  char *text = malloc(text_size + 1);
  if (text == NULL) return fail(env, ENOMEM, "no memory for the questions");
  text_into(env, values[2], text, &text_size);
  scratch.text = text;
  const int error = scratch_ask(&scratch);
  free(text);
  return number(env, error);
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
      {"probe", probe},         {"listen", start_listening}, {"submit", submit},
      {"pid", wait_for_pid},    {"kill", send_signal},       {"pidfd", open_pidfd},
      {"pair", open_pair},      {"close", close_descriptor}, {"hold", hold_loop},
      {"limit", set_limit},     {"ask", ask_kernel},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}
