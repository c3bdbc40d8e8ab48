"""Child processes that run SQL of an embedded database: the pool of them, and the messages to
one."""
