"""The first half: a weekly drill, from the schedule to the mail."""

import datetime
import json
import time

from .scene import ROLE, SOURCE, Scene
from .words import quote, say

PHASES = {
    "planned": "planned",
    "restoring": "restoring the volume from the backup",
    "attaching": "attaching an instance to the restored cluster",
    "opening": "opening access with a master secret of its own",
    "checking": "asking the data",
    "tearing_down": "tearing the copy down",
    "closed": "telling",
}
LONGEST_DRILL_SECONDS = 120


class Drill:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.stack = scene, scene.stack

    def play(self) -> bool:
        self.schedule()
        verdict = self.follow()
        self.read_mail()
        is_clean = self.look_for_leftovers()
        self.fetch_pages()
        say(f"   {'The backup restores.' if verdict == 'passed' else 'VERDICT: ' + verdict}")
        return verdict == "passed" and is_clean

    def schedule(self) -> None:
        due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
        self.run, self.due = f"drill-orders-{due:%Y%m%d%H%M}", due
        event = {"drill": "orders/weekly", "scheduled_time": due.strftime("%Y-%m-%dT%H:%M:%SZ")}
        say(f"4. Sunday has come. The schedule sends restore-drill its weekly event: {json.dumps(event)}")
        self.stack.client("scheduler").create_schedule(
            Name="orders-weekly",
            ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={"Arn": self.scene.arn("restore-drill"), "RoleArn": ROLE, "Input": json.dumps(event)},
        )

    def follow(self) -> str:
        """The phases as the run's own record tells them."""
        say(f"5. The drill {self.run}, as its record tells it:")
        shown = 0
        end = time.monotonic() + LONGEST_DRILL_SECONDS
        while time.monotonic() < end:
            record, closed = self.record()
            for entry in (record or {}).get("phases", [])[shown:]:
                at = datetime.datetime.fromisoformat(entry["at"].replace("Z", "+00:00"))
                say(f"   {max(0.0, (at - self.due).total_seconds()):6.1f} s  {PHASES.get(entry['phase'], entry['phase'])}")
                shown += 1
            if closed:
                return record["verdict"]["word"]
            time.sleep(0.2)
        raise SystemExit(f"the drill did not end within {LONGEST_DRILL_SECONDS} s; its record: {json.dumps(record, indent=1)}")

    def record(self) -> tuple[dict | None, bool]:
        """The run's record, and whether it has been filed."""
        for key, closed in ((f"runs/open/{self.run}.json", False), (f"runs/closed/{self.due:%Y/%m}/{self.run}.json", True)):
            try:
                return json.load(self.scene.s3.get_object(Bucket=self.scene.bucket, Key=key)["Body"]), closed
            except self.scene.s3.exceptions.NoSuchKey:
                continue
        return None, False

    def read_mail(self) -> None:
        subject, text = self.scene.mail()
        say("6. The mail, exactly as it arrives:\n")
        quote(f"Subject: {subject}\n\n{text}")

    def look_for_leftovers(self) -> bool:
        clusters = [c["DBClusterIdentifier"] for c in self.stack.rds.describe_db_clusters()["DBClusters"]]
        instances = [i["DBInstanceIdentifier"] for i in self.stack.rds.describe_db_instances()["DBInstances"]]
        servers = len(self.stack.control("GET", "/state")[self.stack.facts["region"]]["cluster"])
        say("7. What is left:")
        say(f"   clusters: {', '.join(clusters)}; instances: {', '.join(instances)}; PostgreSQL servers: {servers}")
        left = [name for name in clusters + instances if not name.startswith("prod-")]
        rows = self.scene.rows(SOURCE)["orders"]
        say(f"   {'LEFT BEHIND: ' + ', '.join(left) if left else 'nothing of the copy'}; production still has its {rows} rows")
        return not left

    def fetch_pages(self) -> None:
        say("8. For the browser, and for the auditor:")
        record, _ = self.record()
        say(f"   report of this drill  {self.scene.fetch(f'reports/{self.run}.html')}")
        say(f"   all drills            {self.scene.fetch('reports/index.html')}")
        say(f"   the record            {self.scene.keep(f'{self.run}.json', json.dumps(record, indent=1))}")
