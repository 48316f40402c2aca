#!/bin/sh
echo "k3s: Drydock guests run no containers, so k3s cannot run here" >&2
exit 1
