"""`custodian run`, with its resources loaded before the start-up ends.

    custodian.py POLICY.yml OUTPUT RESOURCE
"""

import os
import sys

from ready import ready


def main() -> None:
    policy, output, resource = sys.argv[1:]
    from c7n.cli import main as custodian
    from c7n.resources import load_resources

    load_resources((resource,))
    ready()
    sys.argv = ["custodian", "run", "--output-dir", output, "--cache-period", "0", "--region", os.environ["AWS_REGION"], policy]
    custodian()


if __name__ == "__main__":
    main()
