"""An application that does not mind which zmq its users have installed."""
