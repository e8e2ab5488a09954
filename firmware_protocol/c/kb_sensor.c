#include "kb_sensor.h"

/* The place of a lost sample in the ring. A real one that looks like it is moved by one count. */
static const struct kb_sample HOLE = {{INT16_MIN, INT16_MIN, INT16_MIN}, {INT16_MIN, INT16_MIN, INT16_MIN}};

static bool is_hole(const struct kb_sample *sample) {
    for (size_t axis = 0; axis < 3; axis++) {
        if (sample->acc[axis] != INT16_MIN || sample->gyr[axis] != INT16_MIN) return false;
    }
    return true;
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* --- the ring --------------------------------------------------------------------------------------------------- */

/* A sample in the ring by its number, oldest <= number < next. Numbers wrap, places in the ring do not. */
static struct kb_sample *at(const struct kb_sensor *s, uint32_t number) {
    uint32_t back = s->next - number;
    return &s->ring[s->head >= back ? s->head - back : s->head + s->capacity - back];
}

/* Samples without a hole from `first` on, at most `most`, all of them in the ring. */
static uint32_t run(const struct kb_sensor *s, uint32_t first, uint32_t most) {
    uint32_t length = 0;
    while (length < most && !is_hole(at(s, first + length))) length++;
    return length;
}

static void keep(struct kb_sensor *s, struct kb_sample sample, uint32_t t_us) {
    s->ring[s->head] = sample;
    s->head = s->head + 1 == s->capacity ? 0 : s->head + 1;
    s->recent_us[s->next % KB_RECENT] = t_us;
    s->next++;
    if (s->next - s->oldest > s->capacity) s->oldest++;
    if (s->streaming && s->next - s->cursor > least(s->capacity, KB_RECENT)) {
        s->cursor++;  /* the radio is too slow; the back-fill has it */
        s->overflow = true;
    }
}

/* Forget what is kept: the next sample has another scale or another beat. */
static void empty(struct kb_sensor *s) {
    if (s->cursor != s->next) s->overflow = true;
    s->oldest = s->cursor = s->next;
    s->ranges = 0;
    s->offered_to = 0;
}

/* --- from outside ----------------------------------------------------------------------------------------------- */

static void measure_buffer(struct kb_sensor *s) {
    s->info.buffer_s = s->info.rate_hz ? (uint16_t)least(s->capacity / s->info.rate_hz, UINT16_MAX) : 0;
}

void kb_sensor_init(struct kb_sensor *s, const struct kb_info *info, const struct kb_board *board,
                    struct kb_sample *ring, uint32_t capacity) {
    static const struct kb_sensor nothing = {0};
    *s = nothing;
    s->info = *info;
    s->info.minor = KB_MINOR;
    s->info.axes = KB_AXES;
    s->board = *board;
    s->ring = ring;
    s->capacity = capacity;
    s->latency_ms = KB_LATENCY_MS;
    measure_buffer(s);
    (void)kb_sensor_mtu(s, KB_MTU_MIN);
}

void kb_sensor_connected(struct kb_sensor *s) {
    kb_sensor_disconnected(s);
    (void)kb_sensor_mtu(s, KB_MTU_MIN);
}

int kb_sensor_mtu(struct kb_sensor *s, uint16_t mtu) {
    int most = kb_samples_per_packet(mtu);
    if (most > 0) s->per_packet = (uint8_t)least((uint32_t)most, KB_RECENT);
    return most;
}

void kb_sensor_disconnected(struct kb_sensor *s) {
    s->streaming = s->answering = s->overflow = false;
    s->ranges = 0;
    s->offered_to = 0;
}

void kb_sensor_add(struct kb_sensor *s, const struct kb_sample *sample, uint32_t t_us) {
    struct kb_sample copy = *sample;
    if (!s->sampling || s->capacity == 0) return;
    if (is_hole(&copy)) copy.acc[0]++;
    keep(s, copy, t_us);
}

void kb_sensor_lost(struct kb_sensor *s, uint32_t count) {
    if (!s->sampling) return;
    s->overflow = true;
    if (count >= s->capacity) {  /* nothing that was kept would be left */
        s->next += count;
        empty(s);
        return;
    }
    while (count--) keep(s, HOLE, 0);
}

void kb_sensor_stop(struct kb_sensor *s) {
    if (s->sampling && s->board.stop) s->board.stop(s->board.context);
    s->sampling = false;
}

/* --- the control point ------------------------------------------------------------------------------------------ */

static uint8_t start(struct kb_sensor *s, const struct kb_request *asked) {
    struct kb_info info = s->info;
    if (asked->rate_hz) info.rate_hz = asked->rate_hz;
    if (asked->acc_range_g) info.acc_range_g = asked->acc_range_g;
    if (asked->gyr_range_dps) info.gyr_range_dps = asked->gyr_range_dps;
    if (!s->board.start || !s->board.start(s->board.context, &info) || info.rate_hz == 0) return KB_FAILED;
    if (info.rate_hz != s->info.rate_hz || info.acc_range_g != s->info.acc_range_g ||
        info.gyr_range_dps != s->info.gyr_range_dps) {
        s->changed = true;
    }
    if (s->changed || !s->sampling) empty(s);
    s->info = info;
    measure_buffer(s);
    if (asked->latency_ms) s->latency_ms = asked->latency_ms;
    if (!s->streaming) {
        s->cursor = s->next;
        s->overflow = false;
    }
    s->sampling = s->streaming = true;
    return KB_OK;
}

/* Takes on the part of [first, first + count) that is kept. */
static uint8_t backfill(struct kb_sensor *s, uint32_t first, uint32_t count) {
    uint32_t gone = s->oldest - first;  /* a large number where `first` is not older than that */
    if (s->ranges == KB_RANGES) return KB_FAILED;
    if (gone != 0 && gone < UINT32_MAX / 2) {
        if (count <= gone) return KB_FAILED;
        first = s->oldest;
        count -= gone;
    }
    if (first - s->oldest >= s->next - s->oldest) return KB_FAILED;
    count = least(count, s->next - first);
    s->answer.first = s->wanted[s->ranges].first = first;
    s->wanted[s->ranges].count = count;
    s->answer.count = (uint16_t)count;  /* of the 16 bits that were asked for */
    s->ranges++;
    return KB_OK;
}

static uint8_t identify(struct kb_sensor *s, uint8_t seconds) {
    if (!s->board.identify) return KB_NOT_SUPPORTED;
    s->board.identify(s->board.context, seconds);
    return KB_OK;
}

static uint8_t carry_out(struct kb_sensor *s, const struct kb_request *asked) {
    switch (asked->op) {
        case KB_START: return start(s, asked);
        case KB_STOP: kb_sensor_stop(s); return KB_OK;
        case KB_SYNC: s->answer.token = asked->token; return KB_OK;
        case KB_BACKFILL: return backfill(s, asked->first, asked->count);
        case KB_IDENTIFY: return identify(s, asked->seconds);
        default: return KB_NOT_SUPPORTED;
    }
}

uint8_t kb_sensor_write(struct kb_sensor *s, const uint8_t *bytes, size_t size, bool indications_on, uint64_t now_us) {
    static const struct kb_answer nothing = {0};
    struct kb_request asked;
    int error;
    if (!indications_on) return KB_ATT_INDICATIONS_OFF;
    if (s->answering) return KB_ATT_BUSY;
    s->answer = nothing;
    s->answer.op = size ? bytes[0] : 0;
    s->answer.received_us = now_us;
    error = kb_decode_request(bytes, size, &asked);
    if (error) {
        s->answer.result = error == KB_WRONG_KIND ? KB_NOT_SUPPORTED : KB_INVALID_PARAMETER;
    } else {
        s->answer.result = carry_out(s, &asked);
    }
    s->answering = true;
    return 0;
}

/* --- what to send ----------------------------------------------------------------------------------------------- */

/* How many samples the next data packet has; 0: none is due. */
static uint32_t live_due(struct kb_sensor *s, uint32_t now_us, uint32_t most) {
    uint32_t there, length, waited_us;
    if (!s->streaming) return 0;
    while (s->cursor != s->next && is_hole(at(s, s->cursor))) s->cursor++;
    there = s->next - s->cursor;
    length = run(s, s->cursor, least(there, most));
    if (length == 0 || length == most || length < there || !s->sampling) return length;
    waited_us = now_us - s->recent_us[s->cursor % KB_RECENT];
    return waited_us >= s->latency_ms * UINT32_C(1000) && waited_us < UINT32_MAX / 2 ? length : 0;
}

/* How many samples the next back-fill packet has; those that the ring has lost by now are passed over. */
static uint32_t backfill_due(struct kb_sensor *s, uint32_t most) {
    while (s->ranges) {
        struct kb_range *wanted = &s->wanted[0];
        while (wanted->count && (wanted->first - s->oldest >= s->next - s->oldest || is_hole(at(s, wanted->first)))) {
            wanted->first++;
            wanted->count--;
        }
        if (wanted->count) return run(s, wanted->first, least(wanted->count, most));
        s->ranges--;
        for (size_t i = 0; i < s->ranges; i++) s->wanted[i] = s->wanted[i + 1];
    }
    return 0;
}

/* The ring may break inside a packet, so its samples are put in a row first. */
static int encode(const struct kb_sensor *s, uint8_t *out, size_t room, uint32_t first, uint8_t count, bool live) {
    struct kb_sample samples[(KB_MTU_MAX - KB_ATT_HEADER - KB_HEADER_BYTES) / KB_SAMPLE_BYTES];
    struct kb_data head;
    for (uint8_t i = 0; i < count; i++) samples[i] = *at(s, first + i);
    if (!live) return kb_encode_backfill(out, room, first, samples, count);
    head.seq = (uint16_t)(first & 0xFFFFu);
    head.t_us = s->recent_us[first % KB_RECENT];
    head.count = count;
    head.overflow = s->overflow;
    head.changed = s->changed;
    return kb_encode_data(out, room, &head, samples);
}

static int encode_answer(struct kb_sensor *s, uint64_t now_us, uint8_t *out, size_t room) {
    struct kb_answer answer = s->answer;
    uint64_t took_us = now_us - answer.received_us;
    answer.next = s->next;
    if (answer.op == KB_SYNC && took_us > UINT16_MAX) answer.result = KB_FAILED;  /* too late to be of use */
    answer.took_us = (uint16_t)(took_us & 0xFFFFu);
    return kb_encode_answer(out, room, &answer);
}

int kb_sensor_next(struct kb_sensor *s, uint64_t now_us, uint8_t *out, size_t room, enum kb_channel *channel) {
    uint32_t most, count;
    s->offered_to = 0;
    if (room < KB_HEADER_BYTES + KB_SAMPLE_BYTES) return 0;
    most = least(s->per_packet, (uint32_t)((room - KB_HEADER_BYTES) / KB_SAMPLE_BYTES));
    count = live_due(s, (uint32_t)(now_us & UINT32_MAX), most);
    if (s->answering && (s->answer.op != KB_STOP || count == 0)) {  /* the answer to STOP follows the last sample */
        s->offered_to = KB_TO_CONTROL;
        *channel = KB_TO_CONTROL;
        return encode_answer(s, now_us, out, room);
    }
    if (count) {
        s->offered_to = KB_TO_DATA;
        s->offered = (uint8_t)count;
        s->offered_end = s->cursor + count;
        *channel = KB_TO_DATA;
        return encode(s, out, room, s->cursor, s->offered, true);
    }
    count = backfill_due(s, most);
    if (count == 0) return 0;
    s->offered_to = KB_TO_BACKFILL;
    s->offered = (uint8_t)count;
    *channel = KB_TO_BACKFILL;
    return encode(s, out, room, s->wanted[0].first, s->offered, false);
}

void kb_sensor_sent(struct kb_sensor *s) {
    switch (s->offered_to) {
        case KB_TO_CONTROL:
            s->answering = false;
            if (s->answer.op == KB_STOP && !s->sampling) s->streaming = false;
            break;
        case KB_TO_DATA:
            s->changed = false;
            if (s->offered_end - s->cursor < UINT32_MAX / 2) {  /* samples that came since have not pushed it further */
                s->cursor = s->offered_end;
                s->overflow = false;
            }
            break;
        case KB_TO_BACKFILL:
            s->wanted[0].first += s->offered;
            s->wanted[0].count -= s->offered;
            break;
        default:
            break;
    }
    s->offered_to = 0;
}
