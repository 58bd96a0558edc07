# In the manner of a container: fresh namespaces, an init that starts a service and a job, and reaps them.
hostname box
mount -t tmpfs none /mnt
sleep 0.05 &
sh -c 'true; exit 3'
kill -0 1
wait
