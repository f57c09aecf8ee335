"""Offers: the contexts by which a server is asked for whatever it prefers, or for one type of key and no other.

Up to TLS 1.2 the cipher suite names the type of key (RFC 5246 A.5). TLS 1.3 has only the signature algorithms for it
(RFC 8446 4.2.3), for which pyOpenSSL has no public call: the one that it is built on is used, where it is there. TLS
1.2 is tried first all the same: who offers signatures of one type only also refuses chains that another type signed.
"""

from functools import cached_property

from OpenSSL import SSL

from incidentd.model.certificate import KeyType
from incidentd.sources.tls.handshake import unverified_context

_CIPHERS = {KeyType.EC: b"aECDSA:!aNULL:@SECLEVEL=0", KeyType.RSA: b"aRSA:!aNULL:@SECLEVEL=0"}
_SIGNATURES = {
    KeyType.EC: b"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512",
    KeyType.RSA: b"rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:RSA+SHA256",
}


class Offers:
    """Each made once, when it is first needed."""

    @cached_property
    def anything(self) -> SSL.Context:
        """What the server prefers."""
        return unverified_context()

    def of(self, key_type: KeyType | None) -> SSL.Context:
        """What is offered first: anything, or up to TLS 1.2 one type of key."""
        if key_type is None:
            return self.anything
        return self._ec if key_type is KeyType.EC else self._rsa

    def newest(self, key_type: KeyType | None) -> SSL.Context | None:
        """What is offered to those that speak nothing but TLS 1.3; None where there is nothing more to offer."""
        if key_type is None:
            return None
        return self._newest_ec if key_type is KeyType.EC else self._newest_rsa

    @cached_property
    def _ec(self) -> SSL.Context:
        return _up_to_tls_1_2(KeyType.EC)

    @cached_property
    def _rsa(self) -> SSL.Context:
        return _up_to_tls_1_2(KeyType.RSA)

    @cached_property
    def _newest_ec(self) -> SSL.Context | None:
        return _from_tls_1_3(KeyType.EC)

    @cached_property
    def _newest_rsa(self) -> SSL.Context | None:
        return _from_tls_1_3(KeyType.RSA)


def _up_to_tls_1_2(key_type: KeyType) -> SSL.Context:
    context = unverified_context(_CIPHERS[key_type])
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    return context


def _from_tls_1_3(key_type: KeyType) -> SSL.Context | None:
    context = unverified_context()
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    library, own = getattr(SSL, "_lib", None), getattr(context, "_context", None)
    limit = getattr(library, "SSL_CTX_set1_sigalgs_list", None)
    return context if limit is not None and limit(own, _SIGNATURES[key_type]) == 1 else None
