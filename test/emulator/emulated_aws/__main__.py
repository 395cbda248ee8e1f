"""Serves AWS on 127.0.0.1 until SIGTERM, or until the process that holds the other end of its standard input has gone.

The first line it prints is JSON: the address, and the certificate where there is TLS.
"""

import argparse
import json
import os
import signal
import socket
import sys
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

MINISTACK = "1.5.33"  # the modules beside this one replace functions of it by name


def parse_options():
    parser = argparse.ArgumentParser(prog="emulated_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: one that is free")
    parser.add_argument("--account", default="111111111111")
    parser.add_argument("--job-root", type=Path, default=Path(), help="where the commands of Batch jobs start")
    parser.add_argument("--image-command", default="[]", help="JSON: what an image runs where a job names no command")
    parser.add_argument("--machine-variables", default="{}", help="JSON: variables that only this machine can know")
    parser.add_argument("--state", type=Path, help="keeps state and objects there across restarts; absent: in memory")
    parser.add_argument(
        "--auth", action="store_true", help="IAM counts: Lambdas and jobs hold their role, test is root"
    )
    parser.add_argument("--tls", action="store_true", help="https with a certificate of its own (needs openssl)")
    return parser.parse_args()


def refuse_other_versions():
    if version("ministack") != MINISTACK:
        raise SystemExit(f"emulated_aws was written for ministack {MINISTACK}, found {version('ministack')}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configure(options, scratch):
    """MiniStack reads its settings when it is imported."""
    port = options.port or free_port()
    os.environ.update(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_ACCOUNT_ID=options.account,
        TMPDIR=scratch,
        BATCH_JOB_ROOT=str(options.job_root.resolve()),
        BATCH_IMAGE_COMMAND=options.image_command,
        BATCH_MACHINE_VARIABLES=options.machine_variables,
        AUTH=str(options.auth).lower(),
        USE_SSL=str(options.tls).lower(),
        IOT_MTLS_ENABLED="0",
    )
    if options.state:
        os.environ.update(
            PERSIST_STATE="1", STATE_DIR=f"{options.state}/state", S3_PERSIST="1", S3_DATA_DIR=f"{options.state}/s3"
        )
    return port


def make_certificate():
    """Lambdas and jobs inherit the trust; a certificate that is trusted already would keep this one out."""
    from ministack.core.tls import trust_gateway_cert

    for name in ("NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        os.environ.pop(name, None)
    trust_gateway_cert(os.environ)
    return os.environ["NODE_EXTRA_CA_CERTS"]


def end_with_parent():
    """A test that was killed stops nothing; its end of the pipe closes all the same."""

    def wait():
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def main():
    options = parse_options()
    refuse_other_versions()
    with tempfile.TemporaryDirectory(prefix="emulated_aws-") as scratch:
        tempfile.tempdir = scratch  # MiniStack leaves a folder per Lambda worker behind
        port = configure(options, scratch)
        certificate = make_certificate() if options.tls else None
        from . import (
            batch_jobs,
            cloudformation_types,
            iam_context,
            lambda_errors,
            s3_events,
            s3_ranges,
            step_functions,
        )

        parts = (batch_jobs, cloudformation_types, iam_context, lambda_errors, s3_events, s3_ranges, step_functions)
        for part in parts:
            part.install()
        scheme = "https" if options.tls else "http"
        print(json.dumps({"url": f"{scheme}://127.0.0.1:{port}", "certificate": certificate}), flush=True)
        end_with_parent()
        sys.argv = ["ministack"]  # its main() reads the command line again
        from ministack.app import main as serve

        serve()


if __name__ == "__main__":
    main()
