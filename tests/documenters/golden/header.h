#ifndef RING_H
#define RING_H

/** @file ring.h
 *  @brief The public side of the ring. */

#ifdef __cplusplus
extern "C" {
#endif

struct ring;

/// Put one in.
int ring_put(struct ring *r, const char *item);
extern const unsigned ring_version;

#ifdef __cplusplus
}
#endif

#endif /* RING_H */
