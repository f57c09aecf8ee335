"""The network itself: connections that are kept, and TLS that always verifies.

The machine's CAs are read for the first request that needs them: that takes longer than many a command.
"""

import ssl

import httpx

_LIMITS = httpx.Limits(max_connections=20)


class Network(httpx.AsyncBaseTransport):
    """HTTP and HTTPS. `tls`: trusted instead of the machine's CAs; raises ValueError unless it verifies."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = _verifying(tls) if tls else None
        self._plain: httpx.AsyncHTTPTransport | None = None
        self._secure: httpx.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange."""
        return await self._for(request.url.scheme).handle_async_request(request)

    async def aclose(self) -> None:
        """Give the connections back."""
        for opened in (self._plain, self._secure):
            if opened is not None:
                await opened.aclose()

    def _for(self, scheme: str) -> httpx.AsyncHTTPTransport:
        if scheme == "https":
            self._secure = self._secure or _connections(self._tls or _verifying(ssl.create_default_context()))
            return self._secure
        # A context without any CA: nothing could ever be trusted by mistake.
        self._plain = self._plain or _connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return self._plain


def _verifying(context: ssl.SSLContext) -> ssl.SSLContext:
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        raise ValueError("trackers are always verified: this TLS context does not")
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    return context


def _connections(context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=_LIMITS)
