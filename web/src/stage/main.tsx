import { render } from "preact";
import { Entrance } from "./entrance";
import { Guest } from "./guest";
import { inviteOf, showOf } from "./route";

const key = inviteOf(location.hash);
// The key leaves the address before anything else: a reload goes on with the session.
if (key) history.replaceState(null, "", location.pathname);
const entrance = new Entrance(showOf(location.pathname) ?? "", key);
const page = document.getElementById("page");
if (page) render(<Guest entrance={entrance} />, page);
