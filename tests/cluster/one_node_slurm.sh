#!/usr/bin/env bash
# A real SLURM on this machine alone, to try the profiles on: Debian or Ubuntu, as root, loopback only.
#   tests/cluster/one_node_slurm.sh start | stop
# There is no accounting; finished jobs are listed in /var/log/slurm/jobcomp.txt.
set -euo pipefail

say() { echo "one_node_slurm: $*" >&2; }
refuse() { say "$*"; exit 1; }

install_packages() {
    command -v slurmctld slurmd munged >/dev/null && return
    say "installing slurm-wlm and munge"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends slurm-wlm munge >/dev/null
}

configure() {
    local host memory
    host=$(hostname -s)
    memory=$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
    mkdir -p /etc/slurm /var/log/slurm /var/spool/slurmctld /var/spool/slurmd
    # In the default place: a job's srun does not see SLURM_CONF.
    cat >/etc/slurm/slurm.conf <<CONF
# Written by tests/cluster/one_node_slurm.sh of SpikeText
ClusterName=spiketext
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=/var/log/slurm/jobcomp.txt
ReturnToService=2
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
}

start() {
    [ "$(id -u)" = 0 ] || refuse "must run as root"
    if [ -e /etc/slurm/slurm.conf ] && ! grep -q "one_node_slurm.sh of SpikeText" /etc/slurm/slurm.conf; then
        refuse "/etc/slurm/slurm.conf is not of this script: this machine has a SLURM of its own"
    fi
    install_packages
    configure
    [ -s /etc/munge/munge.key ] || mungekey --create
    chown munge: /etc/munge/munge.key
    install -d -o munge -g munge /run/munge
    pgrep -x munged >/dev/null || setpriv --reuid=munge --regid=munge --init-groups munged
    pgrep -x slurmctld >/dev/null || slurmctld
    pgrep -x slurmd >/dev/null || slurmd
    for _ in $(seq 60); do
        if [ "$(sinfo --noheader --format=%t 2>/dev/null)" = idle ]; then
            say "ready: $(sinfo --noheader --format='%n, %c cores, %m MB')"
            return
        fi
        sleep 0.5
    done
    refuse "the node is not idle after 30 s: see /var/log/slurm/"
}

stop() {
    grep -q "one_node_slurm.sh of SpikeText" /etc/slurm/slurm.conf 2>/dev/null ||
        refuse "no SLURM of this script here"
    scancel --quiet --user="$(id -un)" || true
    scontrol shutdown || true
    if [ -s /run/munge/munged.pid ]; then kill "$(cat /run/munge/munged.pid)"; fi
    rm /etc/slurm/slurm.conf
    say "stopped"
}

case ${1:-} in
    start) start ;;
    stop) stop ;;
    *) refuse "start or stop?" ;;
esac
