// What the server said, put together: a snapshot and the messages after it. Nothing is computed, only kept.

const TRAIL_S = 10;

export function emptyState() {
  return {
    connected: false, mayControl: false, ended: false, endSaid: [], files: [],
    live: false, history: false, banners: [], simulated: false, exercise: "", exerciseName: "", exercises: [],
    target: null, lanes: [],
  };
}

function fromSnapshot(state, snapshot) {
  Object.assign(state, {
    live: snapshot.live, history: snapshot.history === true, banners: snapshot.said || [], simulated: snapshot.simulated, exercise: snapshot.exercise || "",
    exerciseName: snapshot.exercise_name || "", exercises: snapshot.exercises || [],
    target: snapshot.target, mayControl: Boolean(snapshot.may_control), ended: Boolean(snapshot.ended),
    endSaid: snapshot.end?.said || [], files: snapshot.end?.files || [],
    lanes: (snapshot.lanes || []).map((lane) => ({ ...lane, trail: lane.trail || [], closed: lane.closed || [] })),
  });
}

function progress(lane, message) {
  const before = lane.now;
  lane.now = message;
  if (before && message.t < before.t) lane.trail = [];
  lane.trail.push([message.t, message.angle_deg, message.phase]);
  const oldest = lane.trail.findIndex((point) => point[0] >= message.t - TRAIL_S);
  if (oldest > 1) lane.trail.splice(0, oldest - 1);
  if (!lane.set) return;
  for (const name of ["count", "shown", "candidates", "number", "unconfirmed"]) lane.set[name] = message[name];
}

function closeSet(lane, set) {
  const at = lane.closed.findIndex((each) => each.set === set.set);
  lane.closed = at < 0 ? [...lane.closed, set] : lane.closed.map((each, index) => (index === at ? set : each));
}

// Bring the state up to date. Returns the lanes to draw anew: a list of numbers, or "all".
export function reduce(state, message) {
  if (message.type === "snapshot") { fromSnapshot(state, message); return "all"; }
  if (message.type === "settings") {
    if (message.target) state.target = message.target;
    for (const { lane, leg } of message.lanes || []) if (state.lanes[lane]) state.lanes[lane].leg = leg;
    return "all";
  }
  if (message.type === "exercise") {
    Object.assign(state, { exercise: message.exercise, exerciseName: message.exercise_name });
    for (const lane of state.lanes) lane.rejected = null;
    return "all";
  }
  if (message.type === "banners") {
    state.banners = message.said;
    return "all";
  }
  if (message.type === "ended") {
    Object.assign(state, { ended: true, endSaid: message.said || [], files: message.files || [] });
    return "all";
  }
  const lane = state.lanes[message.lane];
  if (!lane) return [];
  if (message.set_now) Object.assign(lane, { set: message.set_now, leg: message.set_now.leg });
  switch (message.type) {
    case "progress": progress(lane, message); break;
    case "rep": lane.rejected = null; break;
    case "set": closeSet(lane, message.set); lane.rejected = null; break;
    case "corrected": if (message.closed) lane.closed = message.closed; break;
    case "rejected": lane.rejected = message; break;
    case "link": lane.link = message.link; break;
    case "warning": lane.warning = message.warning; break;
    default: return [];
  }
  return [message.lane];
}
