"""The second half: a job wipes tables of production at night, and one person brings the rows back."""

import json
import subprocess
import sys

from .scene import SOURCE, TABLES, Scene
from .words import quote, say, table, typed

FUNCTION = "emergency-restore"
JOB = "nightly-etl"
REQUEST = {"database": "orders", "to": f"before job {JOB}"}
LONGEST_RECOVERY_SECONDS = 180
SETTLED_SECONDS = 3600


class Recovery:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.stack = scene, scene.stack

    def play(self) -> bool:
        self.wipe()
        self.show()
        self.plan()
        answer = self.restore()
        self.read_mails()
        is_back = self.compare(answer)
        self.hand_over(answer)
        return is_back

    def wipe(self) -> None:
        # What is there now has been there for an hour: a minute before the job is then a time that the backups hold.
        self.stack.control("POST", "/settled", {"kind": "cluster", "id": SOURCE, "seconds": SETTLED_SECONDS})
        job = self.scene.wipe(JOB, list(reversed(TABLES)))
        self.before, self.after = job["before"], job["after"]
        say(f'9. An hour later. The Glue job "{JOB}" cleans up the wrong tables of {SOURCE},')
        say(f"   and then fails ({job['ended']}):")
        table(["rows in", "before", "after"], [[name, self.before[name], self.after[name]] for name in TABLES])

    def show(self) -> None:
        title = "10. You, at 3 a.m., from your laptop. What can be restored?"
        answer = self.scene.ask(title, FUNCTION, {"database": "orders"})
        quote(answer["message"], most=6)

    def plan(self) -> None:
        answer = self.scene.ask("11. What would be made? Nothing is, yet.", FUNCTION, REQUEST | {"dry_run": True})
        quote(answer["message"], most=12)
        say(f"   All of it: {self.scene.keep('dry-run.txt', answer['message'])}")

    def restore(self) -> dict:
        command = [str(self.scene.binaries / FUNCTION), "--follow", json.dumps(REQUEST)]
        say("12. Bring it back, to a minute before the job began, and watch.")
        typed(FUNCTION, REQUEST, "--follow")
        # On a terminal whoever plays this sees the bar itself; elsewhere its lines.
        is_watched = sys.stderr.isatty()
        process = subprocess.Popen(command, env=self.scene.environment(), stdout=subprocess.PIPE, text=True,
                                   stderr=None if is_watched else subprocess.STDOUT)  # fmt: skip
        try:
            out, _ = process.communicate(timeout=LONGEST_RECOVERY_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise SystemExit(f"the recovery did not end within {LONGEST_RECOVERY_SECONDS} s") from None
        lines, brace, answer = out.partition("{\n") if not out.startswith("{\n") else ("", "{\n", out[2:])
        if lines:
            quote(lines)
        if process.returncode:
            raise SystemExit(f"the recovery failed:\n{answer}")
        answer = json.loads(brace + answer)
        say(f"   {answer['database']} can be used {answer['rto_seconds']} s after the request; on AWS it takes minutes.")
        return answer

    def read_mails(self) -> None:
        say("13. Two mails came meanwhile. As soon as it could be used:")
        for number, most in ((1, 7), (2, None)):
            subject, text = self.scene.mail()
            whole = f"Subject: {subject}\n\n{text}"
            path = self.scene.keep(f"recovery-mail-{number}.txt", whole)
            if number == 2:
                say("   And when everything was made:")
                whole = whole.partition("\nCUT OVER")[0]
            say()
            quote(whole, most)
            say(f"   All of it: {path}")

    def compare(self, answer: dict) -> bool:
        copy = self.scene.rows(answer["run"])
        now = self.scene.rows(SOURCE)
        say(f"14. Counted in all three, over TLS. The copy is {answer['run']}:")
        rows = [[name, self.before[name], now[name], copy[name]] for name in TABLES]
        table(["rows in", "before the job", "now", "in the copy"], rows)
        # What this demo is for. Anything else ends it red.
        wanted = {
            "the job wiped every table": all(self.before[name] > 0 and now[name] == self.after[name] == 0 for name in TABLES),
            "the copy has every row": all(copy[name] == self.before[name] for name in TABLES),
            "it is handed over": answer["phase"] == "handed_over",
            "its data passed every check": (answer["verdict"] or {}).get("word") == "passed",
            "its configuration is the source's": answer["differences"] == [],
            "nothing was given up": answer["given_up"] == [],
        }
        for what, holds in wanted.items():
            say(f"   {'ok ' if holds else 'NOT'}  {what}")
        return all(wanted.values())

    def hand_over(self, answer: dict) -> None:
        run = answer["run"]
        say("15. What is left is for people to decide: applications still reach the old database.")
        say("   To put the copy in its place, on AWS:")
        self.paste({"run": run, "cut_over": {"swap_names": True}})
        say("   And back again:")
        self.paste({"run": run, "undo_cut_over": True})

    def paste(self, request: dict) -> None:
        say("   aws lambda invoke --function-name emergency-restore \\")
        say("     --cli-binary-format raw-in-base64-out --payload \\")
        say(f"'{json.dumps(request, separators=(',', ':'))}' \\\n     /dev/stdout")
