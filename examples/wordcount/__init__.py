"""Count words with worker processes: a ventilator, N workers and a sink over ``tcp://`` with CURVE.

::

                 chunk number, text                 worker, chunk number, words
    ventilator  -------------------->  worker 0..N  --------------------------->  sink
      ROUTER    <--------------------    DEALER                PUSH               PULL
                        hello

Ventilator and sink live in the starting process (``coordinator.py``), which runs one loop over
both; each worker (``worker.py``) is a process of its own. Which worker holds which chunk is kept,
without any socket, in ``ledger.py``, whose invariants are what makes the result exact:

- a chunk stays in the ledger until its result has arrived, so the chunks of a worker that died go
  to the others and nothing is lost; its first result counts, so nothing is counted twice;
- a worker holds no more chunks than its credit, a result is the credit for the next one, so memory
  stays bounded however large the input is.

The traffic is encrypted, and a peer must know the server's public key to connect. That key is made
for one run and given to the workers alone. (A service for clients that are not its own children
would also check who they are: see ZAP, RFC 27.)
"""
