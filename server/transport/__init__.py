"""How operations come in and answers go out: HTTP, streams and sockets, and who is let in when."""
