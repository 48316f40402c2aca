#!/bin/sh
echo ready >&4
exec > /dev/null 2>&1 4>&-
umask 022
# Programs look at the name of process 1 to learn what runs the services. A `cat` that is one of many in one program can
# have no other name.
mkdir -p /run/systemd/system && ln -s "$(command -v cat)" /run/systemd/systemd
wait=/run/systemd/systemd
[ "$(echo 1 | $wait)" = 1 ] || wait='cat'
# Process 1 is out of reach of the others. Where it ignores how its children end, they leave no trace.
env --ignore-signal=CHLD true && exec env --ignore-signal=CHLD $wait
exec $wait
