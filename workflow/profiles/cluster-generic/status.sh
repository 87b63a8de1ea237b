#!/usr/bin/env bash
# State of a SLURM job, as Snakemake wants it: success, failed or running.
# squeue knows finished jobs for some minutes (MinJobAge); sacct, where there is accounting, for long.
set -uo pipefail
state=$(squeue --noheader --states=all --format=%T --jobs="$1" 2>&1)
if [[ $state == *"Invalid job id"* ]]; then
    state=$(sacct --noheader --allocations --parsable2 --format=State --jobs="$1" 2>/dev/null)
    # Nobody knows any more how it ended, so it is run again.
    state=${state:-FAILED}
fi
case $state in
    COMPLETED*) echo success ;;
    BOOT_FAIL* | CANCELLED* | DEADLINE* | FAILED* | NODE_FAIL* | OUT_OF_MEMORY* | TIMEOUT*) echo failed ;;
    *) echo running ;; # also when the scheduler does not answer just now
esac
