#!/usr/bin/env python3
"""Prints the facts of an Aisle cell, in order and each once, and goes on where it left off.

One line of JSON per fact, on standard output. The rules that every consumer needs are in `main`:
drop what is not above the last position, notice a gap, remember where one is only after having
dealt with it.
"""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import nats
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingNew
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

BATCH = 100
WAIT_SECONDS = 5


@dataclass
class Progress:
    """How far this consumer is: in the journal, and in the stream that carries it."""

    position: int = 0
    sequence: int = 0

    @classmethod
    def load(cls, file: Path) -> "Progress":
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    def save(self, file: Path) -> None:
        # Wholly or not at all, even if the machine stops just now.
        beside = file.with_suffix(".new")
        with beside.open("w") as out:
            json.dump(asdict(self), out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)


async def batches(jetstream, stream: str, progress: Progress):
    """The stream's messages after `progress`, for ever, a batch at a time."""
    subscription = None
    while True:
        try:
            if subscription is None:
                # The sequence is a short cut. In a stream that was made anew it says nothing.
                last = (await jetstream.stream_info(stream)).state.last_seq
                begin = progress.sequence + 1 if progress.sequence <= last else 1
                config = ConsumerConfig(
                    ack_policy=AckPolicy.NONE,
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                    opt_start_seq=begin,
                )
                subscription = await jetstream.pull_subscribe("", stream=stream, config=config)
            # The server ends waiting before the client does, so nothing is lost between the two.
            yield await subscription.fetch(BATCH, timeout=WAIT_SECONDS)
        except NothingNew:
            # Or the server has forgotten this consumer: a new one is cheap.
            subscription = None
        except NatsError as error:
            print(f"NATS: {error}; trying again", file=sys.stderr)
            subscription = None
            await asyncio.sleep(1)


async def main(args: argparse.Namespace) -> None:
    progress = Progress.load(args.state)
    client = await nats.connect(args.nats, max_reconnect_attempts=-1, reconnect_time_wait=0.5)
    async for batch in batches(client.jetstream(), f"AISLE_{args.cell}", progress):
        for message in batch:
            event = json.loads(message.data)
            position = int(event["position"])
            progress.sequence = message.metadata.sequence.stream
            if position <= progress.position:
                continue  # seen before
            if position != progress.position + 1 and progress.position:
                print(f"missing: what comes before position {position}", file=sys.stderr)
            print(json.dumps(event, ensure_ascii=False))
            progress.position = position
        sys.stdout.flush()
        # A consumer that writes to a database saves its position in the same transaction.
        progress.save(args.state)
        if args.until and progress.position >= args.until:
            break
    await client.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Prints the facts of an Aisle cell in order.")
    parser.add_argument("--nats", default="nats://localhost:4222", help="where NATS is")
    parser.add_argument("--cell", default="main", help="whose facts")
    parser.add_argument("--state", type=Path, default="consumer.json", help="remembers how far it is")
    parser.add_argument("--until", type=int, metavar="POSITION", help="end there (default: never)")
    asyncio.run(main(parser.parse_args()))
