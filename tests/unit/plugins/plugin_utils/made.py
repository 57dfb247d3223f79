# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up hosts, expressions and options of `constructed`, from any source of randomness; comparing what follows."""

from __future__ import annotations

from ansible._internal._datatag._tags import Origin
from ansible.module_utils._internal._datatag import AnsibleTagHelper

NAMES = "name site tags ips up count ratio note nested missing".split()
STEPS = ".role .rack ['role'] ['no_such'] .items .a.b [0] [-1] [0].address .role.deep [1:] [name]".split()
WORDS = ("web", "db", "", "a-b.c", "ams1", "10.0.0.1", "Zoë", "{{ name }}", "yes", "0", "1", "12.5")
LITERALS = "1; 0; -2; 2.5; true; none; 'web'; ''; 'a-b'; ['x', 1]; []; {'k': 'v'}; ('a', 2); '{{ name }}'".split("; ")
OPERATORS = "~; +; -; *; /; //; %; ==; !=; <; >; <=; >=; and; or; in; not in".split("; ")
FILTERS = """upper lower length default('d') default('d',true) default(none) string int float bool first last list sort
    unique reverse join('-') join(',',attribute='address') replace('a','b') trim title capitalize abs round sum min max
    dict2items items2dict dictsort combine({'x':1}) to_json from_json b64encode b64decode hash('sha256') md5
    regex_replace('[0-9]+','N') regex_search('[a-z]+') regex_findall('.') split('-') split ternary('yes','no') flatten
    difference(['web']) union([1]) intersect(ips) symmetric_difference([1]) map('upper') map(attribute='address')
    map(attribute='address',default='none') map(attribute='items') map('default','x') map('int') map('map','upper')
    select select('defined') select('match','w') reject('==','web') selectattr('public') selectattr('family','==',4)
    rejectattr('public') selectattr('nope','defined') sort(attribute='family') unique(attribute='network') mandatory
    quote zip(ips) type_debug groupby('family') basename splitext pow(2) root human_readable random(seed=1)
    no_such_filter batch(2) tojson wordcount center(9) truncate(3) count ansible.builtin.upper items regex_escape
    attr('role')""".split()
TESTS = """defined undefined none string number mapping sequence iterable boolean true false truthy falsy match('w')
    search('b') regex('^a') in(['web','db']) in(tags) eq('web') ne(none) version('1.0','>=') contains('web') odd
    divisibleby(2) subset(ips) upper sameas(none) no_such_test any all integer file""".split()
CALLS = """.upper() .split('-') .startswith('w') .get('role') .get('no',site) .keys() .items() .values() .strip()
    .index('x') .join(ips) .replace('a',site) .format(1) .append(1) .pop('role') .count('a') .title()""".split()
OTHERS = """lookup('ansible.builtin.env', 'HOME'); query('ansible.builtin.items', ips); lookup('no.such.lookup')
range(3); range(3) | list; omit; undef(); dict(a=1); hostvars; vars; self; caller; namespace(a=1).a; group_names
inventory_hostname; inventory_hostname_short; name if; (; ; name.__class__; tags['items']; '\\d' ~ name; true
not missing; {'a': missing}
name | regex_replace('([a-z]+)', '<\\1>'); [missing, 1] | last; [missing] | select('defined') | list
ips | map(attribute='no') | select('defined') | list; ips | map(attribute='no') | list | default([])
'{% if 1 %}x{% endif %}'; x.y.z | default(site); (missing | default(tags)).role; missing.a.b is defined
''.index('x') is false; ''.index('x') | default(1); [''.index('x'), 1] | last; ips.index(1) is undefined"""
OTHERS = [text for line in OTHERS.split("\n") for text in line.split("; ")] + [" name ", "name\n"]
TAGS = (
    {},
    {"role": "web"},
    {"role": "db", "rack": 1},
    {"role": "", "rack": None},
    {"role": True, "a": {"b": [1]}},
    None,
)
COMPOSED = tuple(Origin(path=path).tag(one) for path in ("/a", "/b") for one in ("web", 7, "{{ name }}"))
NESTED = ([], [[1, 2], [3]], ["web", "db", "web"], {"k": ["v"]}, [None, ""], ("a", 1), "x" * 9)
KEYS = "site tags tags.role name nested note up group_names group_names|last inventory_hostname".split()
PARENTS = ("all-sites", "{{ site }}", "{{ missing }}", "{{ omit }}", "{{ group_names | join }}", "par ent")


def host(pick):
    """Variables of a host, some of them missing or of unusual types; `pick` is a random.Random."""
    value = {
        "name": "%s%d" % (pick.choice(WORDS[:2]), pick.randrange(3)),
        "site": pick.choice(("ams1", "ewr1", "", None, 1, True, 1.0)),
        "tags": pick.choice(TAGS),
        "ips": [_address(pick) for _number in range(pick.randrange(3))],
        "up": pick.choice((True, False, 1, 0, "yes", None)),
        "count": pick.choice((0, 1, 2, -1, True, 1.0, "1")),
        "ratio": pick.choice((0.0, -0.0, 1.5, float("inf"), 1)),
        "note": pick.choice(WORDS + COMPOSED),
        "nested": pick.choice(NESTED),
    }
    return {name: one for name, one in value.items() if pick.random() > 0.1}


def _address(pick):
    one = {"address": "10.0.0.%d" % pick.randrange(3), "family": pick.choice((4, 6)), "public": pick.random() < 0.5}
    return dict(one, network=pick.choice(("a", "b", None)), **({"items": 1} if pick.random() < 0.1 else {}))


def expression(pick, depth=3):
    """The text of an expression, which may well fail."""
    kind = pick.random()
    if depth == 0 or kind < 0.12:
        return pick.choice(NAMES) if pick.random() < 0.7 else pick.choice(LITERALS)
    inner = expression(pick, depth - 1)
    if kind < 0.27:
        return inner + pick.choice(STEPS)
    if kind < 0.57:
        return "%s | %s" % (inner if " " not in inner else "(%s)" % inner, pick.choice(FILTERS))
    if kind < 0.67:
        return "(%s) is %s%s" % (inner, pick.choice(("", "", "not ")), pick.choice(TESTS))
    if kind < 0.77:
        return "(%s)%s" % (inner, pick.choice(CALLS))
    if kind < 0.90:
        return "(%s) %s (%s)" % (inner, pick.choice(OPERATORS), expression(pick, depth - 1))
    if kind < 0.95:
        return "%s if %s else %s" % (inner, expression(pick, 1), expression(pick, 1))
    return pick.choice(OTHERS)


def constructed(pick):
    """Options of `constructed`."""
    some = lambda most: range(pick.randrange(most + 1))  # noqa: E731
    conditions = True, *(expression(pick) + also for also in ("", " is defined", " is truthy"))
    return {
        "strict": pick.random() < 0.3,
        "use_extra_vars": pick.random() < 0.2,
        "leading_separator": pick.random() < 0.7,
        "compose": {pick.choice(("x%d" % n, "name", "tags")): expression(pick) for n in some(3)},
        "groups": {pick.choice(("g%d", "g-%d")) % n: pick.choice(conditions) for n in some(3)},
        "keyed_groups": [_keyed(pick) for _n in some(4)],
    }


def _keyed(pick):
    simple = pick.choice(KEYS)
    entry = {"key": simple if pick.random() < 0.7 else expression(pick)}
    more = {
        "prefix": ("p", "", "p-q"),
        "separator": ("-", "", "_"),
        "parent_group": (
            "all-sites",
            "{{ site }}",
            "{{ missing }}",
            "{{ omit }}",
            "{{ group_names | join }}",
            "par ent",
        ),
        "default_value": ("none", "", "d"),
        "trailing_separator": (True, False),
    }
    for option, values in more.items():
        if pick.random() < 0.3:
            entry[option] = pick.choice(values)
    return entry


def exact(value):
    """A value with its type and tags, all the way down, so that nothing that differs compares equal."""
    kind, tags = type(value), tuple(sorted(map(repr, AnsibleTagHelper.tags(value))))
    if isinstance(value, dict):
        return kind, tags, [(exact(name), exact(one)) for name, one in value.items()]
    if isinstance(value, (list, tuple)):
        return kind, tags, [exact(one) for one in value]
    return kind, tags, repr(value)
