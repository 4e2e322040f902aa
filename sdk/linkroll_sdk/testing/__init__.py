"""
The conformance kit: what a working plugin is, as tests anyone can run.

    from linkroll_sdk.testing import PlatformSuite

    class TestChirp(PlatformSuite):
        platform = chirp_platform
        accounts = {"chirp.example/@Ana": ProfileRef(handle="ana")}

First-party plugins pass the same suite. `ScriptedHttp` plays recorded answers for a plugin's own tests.
"""

from linkroll_sdk.testing.http import Answer, ScriptedHttp, json_answer
from linkroll_sdk.testing.suite import PlatformSuite

__all__ = ["Answer", "PlatformSuite", "ScriptedHttp", "json_answer"]
