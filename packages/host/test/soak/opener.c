// A careless neighbour: a thread that opens and closes files without close-on-exec, as some library might.
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#define NAPI_VERSION 8
#include <node_api.h>

static void *work(void *unused) {
  (void)unused;
  for (int turn = 0;; turn++) {
    int files[8];
    for (int i = 0; i < 8; i++) files[i] = open("/dev/null", O_RDONLY);
    usleep(50);
    for (int i = 0; i < 8; i++)
      if (files[i] >= 0) close(files[i]);
  }
  return NULL;
}

NAPI_MODULE_INIT() {
  pthread_t thread;
  (void)env;
  pthread_create(&thread, NULL, work, NULL);
  return exports;
}
