"""``hatch run bench``: zmq against pyzmq, pyomq and C programs on the same libzmq, in one run.

suite.py      what is measured, and the goals
cases/        one small function per case; every peer's interpreter runs the same text
reference/    the C programs
peers.py      makes the environments, the wheels of ours and the C programs, under build/bench
worker.py     runs cases on command, in a process of a peer; workers.py is the other end
measure.py    calibration, and rounds that alternate between the peers
figures.py    medians, spreads and verdicts
report.py     the table, the JSON file, docs/performance.md; plot.py draws
instructions.py   the guard that counts instructions instead of time
"""
