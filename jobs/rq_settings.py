"""Settings for plain `rq worker --config docwatch.jobs.rq_settings`: where docwatch's Redis is, and its queue.

Starts the private server when none is configured and none runs, as `docwatch worker` would.
"""

from docwatch import config
from docwatch.jobs import queue, server

_settings = config.load()
server.ensure(_settings, keep=True)

REDIS_URL = server.url(_settings)
QUEUES = [queue.NAME]
