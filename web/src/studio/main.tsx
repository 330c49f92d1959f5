import { render } from "preact";
import { Studio } from "./studio";

const page = document.getElementById("page");
if (page) render(<Studio />, page);
