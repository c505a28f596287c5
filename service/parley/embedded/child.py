"""Become a PostgreSQL program that ends with its parent.

Run as a script of its own, not imported: `python -I -S child.py PARENT SIGNAL ACCOUNT PROGRAM ARGUMENT...`, where
PARENT is the pid of the starting process, SIGNAL the number of the signal to get when it dies and ACCOUNT `uid:gid` or
`-`. It stands in place of a `preexec_fn`, which is unsafe in a process with threads. Exit status 71: this process may
not become ACCOUNT; 72: PROGRAM cannot be run; 73: the parent is already gone.
"""

import ctypes  # loaded now: after the change of user the interpreter's own folders may be out of reach
import os
import signal
import sys

CANNOT_BECOME, CANNOT_RUN, PARENT_GONE = 71, 72, 73
_PR_SET_PDEATHSIG = 1


def become(account: str) -> None:
    """Take the user and group of `account` and no other rights; `-` keeps ours. Exit with 71 when that is refused."""
    if account == "-":
        return
    uid, gid = (int(part) for part in account.split(":"))
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as fault:
        sys.stderr.write(f"{fault.strerror}\n")
        sys.exit(CANNOT_BECOME)


def end_with(parent: int, signal_number: int) -> None:
    """Ask Linux for the signal when the parent ends; must follow `become`, for a change of user clears the request."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(PARENT_GONE)


def main(parent: str, signal_number: str, account: str, program: str, *arguments: str) -> None:
    """Change user, tie our life to the parent's, and replace ourselves by `program`."""
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):  # a shell's background jobs ignore the first two
        signal.signal(number, signal.SIG_DFL)
    become(account)
    end_with(int(parent), int(signal_number))
    try:
        os.execv(program, [program, *arguments])  # noqa: S606 - no shell is wanted
    except OSError as fault:
        sys.stderr.write(f"{program}: {fault.strerror}\n")
        sys.exit(CANNOT_RUN)


if __name__ == "__main__":
    main(*sys.argv[1:])
