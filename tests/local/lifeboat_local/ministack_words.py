"""Answers of ministack's that leave out what AWS tells, so that Terraform sees change where there is none.

DescribeAlarms in the old query form has a third of an alarm's settings, and a rule of a security group forgets its prefix list.
And one of IAM's questions: the tags of a secret are also known as `secretsmanager:ResourceTag/...`.
"""

import json
import re
from xml.sax.saxutils import escape

# In the order of AWS's model; what is a list or a map is written by itself
PLAIN = ("AlarmName", "AlarmArn", "AlarmDescription", "ActionsEnabled", "StateValue", "StateReason", "MetricName", "Namespace",
         "Statistic", "ExtendedStatistic", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
         "ComparisonOperator", "TreatMissingData")  # fmt: skip
LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def alarms(cloudwatch):
    """The operation, around ministack's own: its answer in JSON has everything."""
    original = cloudwatch._describe_alarms  # noqa: SLF001

    def describe_alarms(params, asked, is_cbor, is_json=False):
        status, headers, body = original(params, asked, is_cbor, is_json)
        if is_cbor or is_json or status != 200:
            return status, headers, body

        def whole(found: re.Match) -> bytes:
            name = re.search(rb"<AlarmName>(.*?)</AlarmName>", found.group(0)).group(1).decode()
            return member(cloudwatch._alarms[name]).encode() if name in cloudwatch._alarms else found.group(0)  # noqa: SLF001

        return status, headers, re.sub(rb"<member><AlarmName>.*?</member>", whole, body, flags=re.DOTALL)

    return describe_alarms


def member(alarm: dict) -> str:
    text = lambda value: json.dumps(value) if isinstance(value, bool) else escape(str(value))  # noqa: E731
    words = [f"<{key}>{text(alarm[key])}</{key}>" for key in PLAIN if alarm.get(key) not in (None, "")]
    for key in LISTS:
        words.append(f"<{key}>{''.join(f'<member>{escape(arn)}</member>' for arn in alarm.get(key) or [])}</{key}>")
    words.append(f"<Dimensions>{''.join(map(dimension, alarm.get('Dimensions') or []))}</Dimensions>")
    if alarm.get("Metrics"):
        words.append(f"<Metrics>{''.join(map(query, alarm['Metrics']))}</Metrics>")
    return f"<member>{''.join(words)}</member>"


def dimension(one: dict) -> str:
    return f"<member><Name>{escape(one['Name'])}</Name><Value>{escape(one['Value'])}</Value></member>"


def query(one: dict) -> str:
    words = [f"<{key}>{escape(str(one[key]))}</{key}>" for key in ("Id", "Expression", "Label", "Period") if one.get(key)]
    words.append(f"<ReturnData>{json.dumps(bool(one.get('ReturnData', True)))}</ReturnData>")
    if stat := one.get("MetricStat"):
        metric = stat["Metric"]
        named = f"<Namespace>{escape(metric.get('Namespace', ''))}</Namespace><MetricName>{escape(metric['MetricName'])}</MetricName>"
        of = f"<Dimensions>{''.join(map(dimension, metric.get('Dimensions') or []))}</Dimensions>"
        words.append(f"<MetricStat><Metric>{named}{of}</Metric><Period>{stat['Period']}</Period><Stat>{stat['Stat']}</Stat></MetricStat>")
    return f"<member>{''.join(words)}</member>"


def rules(ec2):
    """A rule's line, with the prefix list where it has one."""
    original = ec2._sg_rule_xml  # noqa: SLF001

    def rule_xml(group, rule, is_egress=False):
        line = original(group, rule, is_egress)
        lists = [one["PrefixListId"] for one in rule.get("PrefixListIds", []) if isinstance(one, dict)]
        return line.replace("</toPort>", f"</toPort><prefixListId>{escape(lists[0])}</prefixListId>", 1) if lists else line

    return rule_xml


def permissions(ec2):
    """Rules as they are asked for, with their prefix lists."""
    original = ec2._parse_ip_permissions  # noqa: SLF001

    def parse(params, prefix):
        rules = original(params, prefix)
        for number, rule in enumerate(rules, 1):
            of = f"{prefix}.{number}.PrefixListIds.1"
            if found := ec2._p(params, f"{of}.PrefixListId"):  # noqa: SLF001
                description = ec2._p(params, f"{of}.Description")  # noqa: SLF001
                rule["PrefixListIds"] = [{"PrefixListId": found} | ({"Description": description} if description else {})]
        return rules

    return parse


def tags_of_secrets(evaluator):
    """The evaluation of a request, with the tags of the secret that it is about."""
    original = evaluator.enforce

    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        if service == "secretsmanager":
            from ministack.services.tagging import resource_tags

            tags = resource_tags(resource_arn) or {}
            service_context = (service_context or {}) | {f"secretsmanager:ResourceTag/{key}": value for key, value in tags.items()}
        return original(access_key_id, iam_action, service, region, resource_arn=resource_arn, service_context=service_context)

    return enforce
