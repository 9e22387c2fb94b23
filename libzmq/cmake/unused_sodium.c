/* What CURVE never calls, kept out of the extension.
 *
 * sodium_init() chooses the processor's best code for every algorithm, and by naming them makes the linker take
 * them all: Argon2 (password hashing), BLAKE2b, AEGIS, ipcrypt. libzmq uses crypto_box, crypto_secretbox and
 * curve25519 only. These choices choose nothing, so nothing of the four is taken out of libsodium's archive.
 *
 * Weak: where something does need one of them, libsodium's own definition comes in and wins.
 */
#define NOTHING_TO_CHOOSE(name) \
    __attribute__ ((weak)) int name (void); \
    int name (void) \
    { \
        return 0; \
    }

NOTHING_TO_CHOOSE (_crypto_aead_aegis128l_pick_best_implementation)
NOTHING_TO_CHOOSE (_crypto_aead_aegis256_pick_best_implementation)
NOTHING_TO_CHOOSE (_crypto_generichash_blake2b_pick_best_implementation)
NOTHING_TO_CHOOSE (_crypto_ipcrypt_pick_best_implementation)
NOTHING_TO_CHOOSE (_crypto_pwhash_argon2_pick_best_implementation)
