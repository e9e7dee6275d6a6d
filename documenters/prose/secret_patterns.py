"""What secrets look like: tokens that are known by their shape, and the places where others stand.

Written from the public rules of gitleaks and detect-secrets and the issuers' own pages, in RE2's syntax. Where those
give an exact length we take it for the least: masking a character too many costs nothing, one too few may.
"""

from __future__ import annotations

# By kind, as it is counted. A token begins at a word boundary; `W` stands for the letters most of them are made of.
_W = "[0-9A-Za-z_-]"
TOKENS: dict[str, tuple[str, ...]] = {
    "private_key": (
        r"-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-----END[ A-Z0-9]{0,40}-----)?",
        r"PuTTY-User-Key-File-(?s:.{0,1000}?)Private-Lines:[^-]*",
        r"AGE-SECRET-KEY-1[0-9A-Za-z]{50,}",
    ),
    "jwt": (r"\bey[IJ][0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]{4,}){0,3}",),
    "aws": (r"\b(?:A3T[0-9A-Z]|AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA)[0-9A-Z]{16,}\b", r"\bABSK[0-9A-Za-z+/]{60,}=*"),
    "google": (r"\bAIza[0-9A-Za-z_-]{30,}", r"\bya29\.[0-9A-Za-z_-]{20,}", r"\bGOCSPX-[0-9A-Za-z_-]{20,}"),
    "azure": (r"[0-9A-Za-z_~.]{3}[0-9]Q~[0-9A-Za-z_~.-]{31,}", r"\bsig=[0-9A-Za-z%+/]{30,}={0,2}"),
    "github": (r"\bgh[a-z]_[0-9A-Za-z]{30,}", r"\bgithub_pat_[0-9A-Za-z_]{50,}"),
    "gitlab": (rf"\b(?:gl(?:pat|dt|rtr?|ptt|soat|ft|imt|agent|cbt|ffct|oas)-|GR1348941){_W}{{18,}}(?:\.[0-9a-z.]+)?",),
    "slack": (
        r"\bxox[a-z]-[0-9A-Za-z-]{10,}",
        r"\bxapp-[0-9A-Za-z-]{20,}",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[0-9A-Za-z+/]{20,}",
    ),
    "stripe": (r"\b(?:sk|rk|pk|whsec)_(?:test|live|prod)?_?[0-9A-Za-z]{16,}",),
    "openai": (rf"\bsk-(?:proj|svcacct|admin|None|or)-{_W}{{20,}}", r"\bsk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}"),
    "anthropic": (rf"\bsk-ant-{_W}{{20,}}",),
    "sendgrid": (rf"\bSG\.{_W}{{16,}}\.{_W}{{30,}}",),
    "mail": (r"\bkey-[0-9a-f]{32}\b", r"\bxkeysib-[0-9a-f]{60,}", r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    "twilio": (r"\b(?:AC|SK)[0-9a-f]{32}\b",),
    "package_index": (
        rf"\bpypi-AgE{_W}{{50,}}",
        r"\bnpm_[0-9A-Za-z]{30,}",
        r"\brubygems_[0-9a-f]{40,}",
        r"\bcio[0-9A-Za-z]{32}\b",
        r"(?i)\bclojars_[0-9a-z]{50,}",
    ),
    "chat_bot": (
        rf"\b[0-9]{{8,10}}:AA{_W}{{32,}}",
        rf"\b[MNO][0-9A-Za-z_-]{{23,25}}\.{_W}{{6}}\.{_W}{{27,}}",
        r"discord(?:app)?\.com/api/webhooks/[0-9]{15,}/[0-9A-Za-z_-]{40,}",
        r"webhook\.office\.com/webhookb2/[0-9A-Za-z@/-]{60,}",
    ),
    "shop": (r"\bshp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32,}", rf"\bsq0[a-z]{{3}}-{_W}{{22,}}", rf"\bEAAA[EFlm]{_W}{{50,}}"),
    "facebook": (r"\bEAA[MC][0-9A-Za-z]{80,}",),
    "cloud": (
        r"\bdo[pors]_v1_[0-9a-f]{60,}",
        rf"\bhv[sbr]\.{_W}{{20,}}",
        rf"\b[0-9A-Za-z]{{14}}\.atlasv1\.{_W}{{50,}}",
        r"\bdapi[0-9a-f]{32}",
        r"\bdp\.(?:pt|st|ct|scim|audit)\.[0-9A-Za-z._-]{40,}",
        r"\bpul-[0-9a-f]{40}",
        rf"\btskey-[a-z]+-{_W}{{16,}}",
        r"\bfo1_[0-9A-Za-z_-]{40,}",
        r"\bfm[12][ar]?_[0-9A-Za-z+/]{80,}={0,3}",
        r"\bLTAI[0-9A-Za-z]{16,}",
        r"\bv1\.0-[0-9a-f]{24}-[0-9a-f]{100,}",
        rf"\bAQVN{_W}{{30,}}",
        rf"\bnfp_{_W}{{30,}}",
        r"\bsbp_[0-9a-f]{40}",
        r"\bpscale_(?:tkn|pw|oauth)_[0-9A-Za-z=._-]{30,}",
        r"\bops_eyJ[0-9A-Za-z+/]{100,}",
        r"\bA3-[0-9A-Z]{6}-[0-9A-Z-]{20,}",
        r"\bdt0[a-z][0-9]{2}\.[0-9A-Z]{20,}\.[0-9A-Z]{60,}",
    ),
    "developer_tool": (
        r"\bATATT3[0-9A-Za-z_=-]{100,}",
        r"\bAKC[0-9A-Za-z]{10,}[0-9A-Za-z]{50,}",
        r"\blin_api_[0-9A-Za-z]{36,}",
        r"\bntn_[0-9A-Za-z]{40,}|\bsecret_[0-9A-Za-z]{43}\b",
        r"\bfig[dou]_[0-9A-Za-z_-]{36,}",
        r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{30,}",
        r"\bNR(?:AK|JS|II|IQ)-[0-9A-Za-z_-]{19,}",
        r"\bsntry[su]_[0-9A-Za-z+/=_-]{60,}",
        r"\bgl(?:sa|c)_[0-9A-Za-z+/=_]{30,}",
        r"\bsgp_[0-9A-Za-z_]{40,}",
        r"\bpat[0-9A-Za-z]{14}\.[0-9a-f]{60,}",
        r"\bCFPAT-[0-9A-Za-z_-]{40,}",
        r"\brdme_[0-9a-z]{60,}",
        r"\bsl\.[0-9A-Za-z_-]{120,}",
        r"\bEZ[AT]K[0-9A-Za-z]{50,}",
        r"\bshippo_(?:live|test)_[0-9a-f]{40}",
        r"\bdnkey-[0-9a-z=_-]{26}-[0-9a-z=_-]{40,}",
        r"\bduffel_(?:test|live)_[0-9A-Za-z_-]{40,}",
        r"\bFLWSECK(?:_TEST)?-[0-9A-Za-z-]{12,}",
        r"\b(?:sk|pk)\.eyJ[0-9A-Za-z_-]{50,}\.[0-9A-Za-z_-]{20,}",
        r"\bico-[0-9A-Za-z]{32}",
        r"\bp8e-[0-9A-Za-z]{32}",
    ),
    "model": (r"\bhf_[0-9A-Za-z]{30,}", r"\bgsk_[0-9A-Za-z]{40,}", r"\br8_[0-9A-Za-z]{30,}", r"\bxai-[0-9A-Za-z]{60,}"),
}

_LOUD = r"passw(?:or)?d|passwd|pwd|passphrase|passcode|secret"
_TELLING = (
    rf"{_LOUD}|token|api_?-?key|apikey|(?:access|auth|account|shared|private|signing|encryption|master|session|license)"
    r"_?-?key|credential|bearer|authorization|connection_?-?string|webhook"
)
_NAME = rf"(?P<name>[\w.$-]{{0,60}}?(?:{_TELLING})[\w-]{{0,40}})"
# What may stand between a name and its value: `: str =`, `=>`, `":`, `', '`, `(`.
_TO = r"[\"'`\])]{0,3}[ \t]{0,8}(?::[ \t]{0,4}[\w\[\].|, ]{1,60}[ \t]{0,4}=|:=|=>|[=!]==?|\?=|=|:|,|\()[ \t]{0,8}"
# Each has a group for the value, and `name`: empty where the value has to look random, none where the place says all.
PLACES: tuple[str, ...] = (
    rf"(?i){_NAME}{_TO}(?:[a-z@$]{{1,2}})?(?:\"(?P<value>[^\"\n]{{4,1000}})\"|'(?P<single>[^'\n]{{4,1000}})'"
    r"|`(?P<back>[^`\n]{4,1000})`)",
    rf"(?im)^[ \t]{{0,40}}(?:export[ \t]|set[ \t]|env[ \t]|arg[ \t]|-[ \t])?[ \t]{{0,4}}{_NAME}[ \t]{{0,8}}[=:]"
    r"[ \t]{0,8}"
    r"(?P<value>[^\s\"'`#;,(){}\[\]<>][^\s\"'`;,(){}\[\]<>]{3,1000})[ \t]*(?:#.*)?$",
    rf"(?i)[;&?\"'](?P<name>[\w-]{{0,20}}(?:{_LOUD}|accountkey|accesskey|api_?key|token))="
    r"(?P<value>[^;&\"'\s<>{}]{4,1000})",
    rf"(?i)<[\w:.-]{{0,40}}(?P<name>{_TELLING})[^<>\n]{{0,80}}>[ \t]{{0,8}}(?P<value>[^<>\s]{{4,1000}})",
    r"\b[A-Za-z][\w+.-]{1,20}://[^\s/:@\"'<>]{0,100}:(?P<value>[^\s/@\"'<>]{3,300})@",
    r"(?P<name>)(?i:\b(?:basic|bearer|token)[ \t]+)(?P<value>[0-9A-Za-z+/_=.~-]{16,1000})",
    r"(?P<name>)[\"'`=](?P<value>[0-9A-Za-z+/_-]{32,512}={0,2})(?:[\"'`\s]|$)",
)
LOUD = rf"(?i)(?:{_LOUD})$"
