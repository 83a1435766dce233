"""The command `kansoku-worker`."""

import argparse
import logging
import os
import signal
import sys
import textwrap

from kansoku_worker import isolation
from kansoku_worker.client import Client, Refused
from kansoku_worker.sandbox import Limits
from kansoku_worker.worker import Worker


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="kansoku-worker",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run the Python scorers (MLflow's @scorer) of a Kansoku server on its live traces.",
        epilog=textwrap.dedent(
            """\
            This runs code of everybody who may register scorers on that server. Each run is a process
            of its own with limits of time and memory, without the token and the environment of this
            one. It is no wall against files and the network: start the worker as a user of its own,
            or in a container, and not as root.

            example
              export KANSOKU_TOKEN=$(kansoku token create --name worker --scope worker)
              kansoku-worker --url http://127.0.0.1:5000

            A scorer that asks a model needs a key: name its variable, as in --pass-env OPENAI_API_KEY.
            """
        ),
    )
    parser.add_argument("--url", required=True, help="the server, such as http://127.0.0.1:5000")
    parser.add_argument("--token-env", default="KANSOKU_TOKEN", metavar="NAME",
                        help="the environment variable with a token of the scope `worker` (default KANSOKU_TOKEN); "
                        "not needed if the server needs no tokens")
    parser.add_argument("--parallel", type=number(1, 256), default=os.cpu_count() or 1, metavar="N",
                        help="how many scorers run at once (default: the number of cores)")
    parser.add_argument("--timeout-s", type=number(1, 3000), default=60, metavar="SECONDS",
                        help="how long a scorer may take for a trace, if it does not ask for less (default 60)")
    parser.add_argument("--memory-mib", type=number(16, 1 << 20), default=512, metavar="MIB",
                        help="how much memory a scorer may take, besides that of MLflow (default 512)")
    parser.add_argument("--pass-env", action="append", default=[], metavar="NAME",
                        help="an environment variable that scorers get; may be repeated")
    return parser.parse_args(arguments)


def number(least: int, most: int):
    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{value} is not between {least} and {most}")
        return value

    return read


def main() -> None:
    args = parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if os.geteuid() == 0:
        logging.warning("this runs as root: scorers can read and change everything on this machine")
    client = Client(args.url, os.environ.get(args.token_env))
    limits = Limits(seconds=args.timeout_s, memory_mib=args.memory_mib)
    isolation.hide_process()
    isolation.clean_environment(args.pass_env)
    worker = Worker(client, limits, args.parallel)
    for number_of_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number_of_signal, worker.stop)
    try:
        worker.run()
    except Refused as error:
        logging.error("%s", error)
        status = 1
    else:
        status = 0
    # Nothing waits for threads and processes of scorers that do not end.
    logging.shutdown()
    sys.stderr.flush()
    os._exit(status)
