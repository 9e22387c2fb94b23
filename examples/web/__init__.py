"""A web page that shows what a SUB socket receives, with the standard library alone.

::

    sensor  XPUB  --- inproc --->  SUB, one for each page  --- server-sent events --->  browser

The server (``__main__.py``) gives each page that asks for ``/events`` a SUB socket of its own, and
passes on what that receives: ØMQ does the work of sending one message to many, drops what a slow
page does not fetch, and knows when the last one has gone. The page (``page.html``) needs no
library: ``EventSource`` is in every browser, and connects again by itself.
"""
