"""An unreliable network: a TCP proxy between the tasks and the vector store, whose trouble is set over HTTP."""
