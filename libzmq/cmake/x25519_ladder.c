/* libsodium's portable curve25519, without the 30 KB table that makes public keys faster: where this is compiled, the
 * processor's own code (sandy2x, any x86-64 with AVX) makes them, and needs no table. On an older one a public key is
 * what it is by definition, the key times the base point. What is renamed here is referred to by nothing. */
#define crypto_scalarmult_curve25519_ref10_implementation zmq_x25519_with_table
#include "crypto_scalarmult/curve25519/ref10/x25519_ref10.c"
#undef crypto_scalarmult_curve25519_ref10_implementation

extern struct crypto_scalarmult_curve25519_implementation crypto_scalarmult_curve25519_ref10_implementation;

static int public_key (unsigned char *q, const unsigned char *n)
{
    static const unsigned char base_point[32] = {9};
    return crypto_scalarmult_curve25519_ref10 (q, n, base_point);
}

struct crypto_scalarmult_curve25519_implementation crypto_scalarmult_curve25519_ref10_implementation = {
    .mult = crypto_scalarmult_curve25519_ref10,
    .mult_base = public_key,
};
