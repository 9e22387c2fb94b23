# The compiled half, as cffi makes it out of core_api.h: untyped.

from typing import Any

ffi: Any
lib: Any
