"""What AWS's services tell EventBridge by themselves: events of RDS and of AWS Backup, in the order in which they happened.

EventBridge takes events of `aws.*` from nobody but AWS; ministack_main lets through those that are marked as ours.
"""

import json
import queue
import threading
import urllib.request

MOST_AT_ONCE = 10  # entries of one PutEvents
MARK = "LifeboatLocal"


class Announcer:
    def __init__(self, endpoint: str) -> None:
        self.endpoint, self.queue = endpoint, queue.Queue()
        threading.Thread(target=self._run, daemon=True, name="announcer").start()

    def tell(self, region: str, source: str, type: str, resources: list[str], detail: dict) -> None:
        entry = {"Source": source, "DetailType": type, "Resources": resources, "Detail": json.dumps(detail)}
        self.queue.put((region, entry))

    def _run(self) -> None:
        region, entry = self.queue.get()
        while True:
            at, entries, following = region, [entry], None
            while len(entries) < MOST_AT_ONCE and following is None:
                try:
                    region, entry = self.queue.get_nowait()
                except queue.Empty:
                    break
                if region == at:
                    entries.append(entry)
                else:
                    following = (region, entry)
            try:
                self._send(at, entries)
            except OSError:
                pass  # ministack is starting or going down: EventBridge promises nothing either
            region, entry = following or self.queue.get()

    def _send(self, region: str, entries: list[dict]) -> None:
        scope = f"Credential=test/20260101/{region}/events/aws4_request, SignedHeaders=host, Signature=local"
        request = urllib.request.Request(self.endpoint, json.dumps({"Entries": entries, MARK: True}).encode(), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.PutEvents",
            "Authorization": f"AWS4-HMAC-SHA256 {scope}",
        })  # fmt: skip
        urllib.request.urlopen(request, timeout=30).close()
