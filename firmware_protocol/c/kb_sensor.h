/* What a sensor's firmware needs around the packets: it numbers and keeps samples, makes packets of them by MTU and
 * latency, serves the back-fill and answers the control point. No radio, no chip, no clock: the board has those.
 *
 * A firmware's loop:
 *
 *     kb_sensor_add(&sensor, &sample, t_us);                    for every sample that the chip gives
 *     while ((size = kb_sensor_next(&sensor, now_us, packet, sizeof packet, &channel)) > 0) {
 *         if (!radio_send(channel, packet, size)) break;        the radio's queue is full: again later
 *         kb_sensor_sent(&sensor);
 *     }
 *
 * Nothing here may run at the same time as anything else here: call all of it from one task, or lock. */
#ifndef KB_SENSOR_H
#define KB_SENSOR_H

#include "kb_wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef KB_RECENT
#define KB_RECENT 256  /* samples that may wait for the radio; older ones are left to the back-fill. A power of two. */
#endif
#if KB_RECENT < 64 || (KB_RECENT & (KB_RECENT - 1)) != 0
#error "KB_RECENT is a power of two, 64 or more: numbers wrap at 2^32, and a packet has up to 42 samples"
#endif
#ifndef KB_RANGES
#define KB_RANGES 8    /* back-fills that may wait for each other */
#endif

enum {
    KB_LATENCY_MS = 50,               /* longest wait of a sample, unless START says */
    KB_ATT_INDICATIONS_OFF = 0xFD,    /* "CCCD improperly configured" (Core Specification Supplement, part B) */
    KB_ATT_BUSY = 0xFE                /* "procedure already in progress" */
};

/* Where a packet goes. */
enum kb_channel { KB_TO_DATA = 1, KB_TO_BACKFILL = 2, KB_TO_CONTROL = 3 };

/* What only the board can do. A null pointer: it cannot. */
struct kb_board {
    /* Sample from now on, with the rate and the ranges nearest to those in `info`; write into `info` what they became
     * and what a count is then worth. Called at each START, also while sampling: leave the chip alone where nothing
     * becomes different, otherwise throw away what it had waiting. False: it failed. */
    bool (*start)(void *context, struct kb_info *info);
    void (*stop)(void *context);
    void (*identify)(void *context, uint8_t seconds);
    void *context;
};

struct kb_range {
    uint32_t first;
    uint32_t count;
};

/* Open, so that it can lie in static memory; read `info`, `sampling` and `streaming`, touch nothing. */
struct kb_sensor {
    struct kb_info info;              /* what the info characteristic says */
    struct kb_board board;
    struct kb_sample *ring;
    uint32_t capacity;                /* of the ring, in samples */
    uint32_t head;                    /* where in the ring sample number `next` will go */
    uint32_t oldest, next;            /* numbers: [oldest, next) are in the ring */
    uint32_t cursor;                  /* number of the next sample of the stream */
    uint32_t recent_us[KB_RECENT];    /* clock at sample n, at n % KB_RECENT */
    struct kb_range wanted[KB_RANGES];
    struct kb_answer answer;
    uint16_t latency_ms;
    uint8_t ranges;                   /* of `wanted`, the one being sent first */
    uint8_t per_packet;
    uint8_t offered_to;               /* enum kb_channel of the packet that kb_sensor_next gave, 0 for none */
    uint8_t offered;                  /* samples in it */
    uint32_t offered_end;             /* of a data packet: number of the sample after it */
    bool answering, sampling, streaming, overflow, changed;
};

/* Everything is off. `info` says the rate, the ranges and the scales that the chip has before anyone asks for others,
 * and a `boot` that is another one at each start; `ring` is memory for `capacity` >= 1 samples, 30 s or more. */
void kb_sensor_init(struct kb_sensor *s, const struct kb_info *info, const struct kb_board *board,
                    struct kb_sample *ring, uint32_t capacity);

/* A central has connected (MTU 23 then), another MTU was agreed on, the link is gone. Sampling goes on without one. */
void kb_sensor_connected(struct kb_sensor *s);
int kb_sensor_mtu(struct kb_sensor *s, uint16_t mtu);
void kb_sensor_disconnected(struct kb_sensor *s);

/* One more sample was taken, when the clock said t_us. Ignored before START and after STOP. */
void kb_sensor_add(struct kb_sensor *s, const struct kb_sample *sample, uint32_t t_us);

/* So many samples were taken and lost, as by a FIFO that ran over: their numbers are passed over. */
void kb_sensor_lost(struct kb_sensor *s, uint32_t count);

/* Stop sampling without being asked, such as after ten minutes without a central. */
void kb_sensor_stop(struct kb_sensor *s);

/* A write to the control point came when the clock said now_us: 0, or the ATT error to refuse it with. The answer
 * comes out of kb_sensor_next. */
uint8_t kb_sensor_write(struct kb_sensor *s, const uint8_t *bytes, size_t size, bool indications_on, uint64_t now_us);

/* The packet to send now: its size, 0 for none. It is gone only after kb_sensor_sent. */
int kb_sensor_next(struct kb_sensor *s, uint64_t now_us, uint8_t *out, size_t room, enum kb_channel *channel);
void kb_sensor_sent(struct kb_sensor *s);

#ifdef __cplusplus
}
#endif

#endif
