"""Reading pages by machine: the picture made ready, the queue, how far it is."""
