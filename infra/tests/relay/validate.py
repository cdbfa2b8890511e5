"""Reads CloudEvents from standard input, one a line, by the SDK of the CloudEvents project.

Prints the id of each. Ends with a traceback at the first that the SDK does not accept.
"""

import json
import sys

from cloudevents.core.formats.json import JSONFormat

for line in sys.stdin:
    event = JSONFormat().read(None, line)
    # Read and written again it is the same: nothing was taken for something else.
    assert json.loads(JSONFormat().write(event)) == json.loads(line), line
    print(event.get_id())
