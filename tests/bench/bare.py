"""The peer of the ingest bench: a bare paho subscriber with manual acknowledgement, in a process of its own.

python -m tests.bench.bare PORT COUNT: takes up its session, drains COUNT messages and prints the seconds from the
first message to the last acknowledgement. With COUNT 0 it only opens the session, so that a backlog can gather.
"""

import sys
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

CLIENT_ID = "bare-drain"


def main(port: int, count: int) -> None:
    seen = 0
    first = last = 0.0

    def on_message(client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        nonlocal seen, first, last
        client.ack(message.mid, message.qos)
        seen += 1
        last = time.perf_counter()
        if seen == 1:
            first = last

    subscribed = False

    def on_subscribe(*_: object) -> None:
        nonlocal subscribed
        subscribed = True

    client = paho.Client(CallbackAPIVersion.VERSION2, CLIENT_ID, protocol=paho.MQTTv5, manual_ack=True)
    client.on_message, client.on_subscribe = on_message, on_subscribe
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval, properties.ReceiveMaximum = 3600, 1000
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    if not count:
        client.subscribe("fs/v1/+/dev/+/up/+", qos=1)
    give_up = time.monotonic() + 120
    while (seen < count or not (count or subscribed)) and time.monotonic() < give_up:
        before = seen
        client.loop_read()  # as fast as paho goes: no select between two packets that are there already
        if seen == before:
            client.loop(0.05)
    for _ in range(5):
        client.loop(0.01)
    client.disconnect()
    print(last - first if seen >= count else -1.0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
