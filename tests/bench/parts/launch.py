"""Starts a program, waits for it, tells its pid, then its wall time, CPU and memory: two lines of JSON.

A process of its own, as small as Python can be: what Linux tells of a process's peak memory begins with that of the process that
started it. `python -I -S launch.py DESCRIPTOR PROGRAM ARGUMENT…`; the lines go to DESCRIPTOR.
"""

import os
import sys
import time


def main() -> None:
    descriptor, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(descriptor, False)
    began = time.monotonic()
    pid = os.posix_spawn(command[0], command, os.environ)
    os.write(descriptor, b'{"pid": %d, "began": %.6f}\n' % (pid, began))
    _, status, used = os.wait4(pid, 0)
    ended = time.monotonic()
    facts = (ended, os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss)
    os.write(descriptor, b'{"ended": %.6f, "code": %d, "cpu_s": %.6f, "peak_kib": %d}\n' % facts)


main()
