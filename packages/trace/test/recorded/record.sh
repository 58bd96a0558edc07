#!/bin/sh
# Records the workloads of this folder: strace for all, perf and ftrace for some. Needs root, strace, perf,
# gcc, make, Node with npm, and unshare; works in a folder of its own. usage: record.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=$1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
rm -rf "$to" && mkdir -p "$to/src" "$to/proj/dep" && cd "$to"
cp "$here"/workloads/* .
seq 1 60 | awk '{print "line", $1, ($1%7==0)?"apple":"pear"}' >words.txt
printf 'int f(void){return 1;}\n' >src/f.c
printf 'int f(void);int main(void){return f()-1;}\n' >src/main.c
printf 'app: main.o f.o\n\t$(CC) -o $@ $^\n' >src/Makefile
echo '{"name":"dep","version":"1.0.0","scripts":{"install":"echo built | cat >built.txt"}}' >proj/dep/package.json
echo '{"name":"proj","version":"1.0.0","dependencies":{"dep":"file:./dep"}}' >proj/package.json

trace="strace -f -ttt -T -s 48 -e trace=process -e signal=all"
$trace -o pipeline.strace.txt sh pipeline.sh </dev/null
(cd src && $trace -o ../build.strace.txt make -B -j2 </dev/null >/dev/null)
(cd proj && $trace -o ../install.strace.txt npm install --foreground-scripts --install-links=false \
  --no-audit --no-fund --offline </dev/null >/dev/null 2>&1)
$trace -o agent.strace.txt node agent.mjs </dev/null
$trace --decode-pids=pidns -o container.strace.txt unshare -fpmu --mount-proc sh container.sh </dev/null

events=sched:sched_process_fork,sched:sched_process_exec,sched:sched_process_exit,task:task_newtask
for name in pipeline agent; do
  [ $name = agent ] && command="node agent.mjs" || command="sh pipeline.sh"
  perf record -q -m 1024 -e $events -o $name.data -- $command </dev/null >/dev/null
  perf script --ns -i $name.data >$name.perf.txt
done

instance=/sys/kernel/tracing/instances/forkless-record
mkdir $instance
echo 0 >$instance/tracing_on
echo 1 >$instance/options/event-fork
echo mono >$instance/trace_clock
for event in sched/sched_process_fork sched/sched_process_exec sched/sched_process_exit task/task_newtask; do
  echo 1 >$instance/events/$event/enable
done
(cd src && instance=$instance sh -c \
  'echo $$ >$instance/set_event_pid; echo 1 >$instance/tracing_on; exec make -B -j2' >/dev/null)
cat $instance/trace >build.ftrace.txt
rmdir $instance
cp ./*.strace.txt ./*.perf.txt ./*.ftrace.txt "$here"
