"""Run Cython: ``python run_cython.py ARGUMENTS-OF-CYTHON``.

Without the cyclic garbage collector, which takes a quarter of the time and frees next to nothing
that the end of the process would not.
"""

import gc
import sys

from Cython.Compiler.Main import setuptools_main

if __name__ == "__main__":
    gc.disable()
    sys.exit(setuptools_main())
