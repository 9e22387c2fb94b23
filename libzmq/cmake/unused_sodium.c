/* What sodium_init() calls for an algorithm that CURVE does not use (Sodium.cmake): it leaves the portable code in place,
 * and as nothing calls that either, none of the algorithm is linked in. */
int zmq_nothing_to_choose (void);

int zmq_nothing_to_choose (void)
{
    return 0;
}
