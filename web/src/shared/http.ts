/** JSON over HTTP to our own server; failures come as a `Problem`, whatever their cause. */

import type { Problem } from "./protocol";

export class HttpError extends Error {
  readonly problem: Problem;
  /** 0 when there was no answer at all. */
  readonly status: number;

  constructor(problem: Problem, status: number) {
    super(problem.message);
    this.problem = problem;
    this.status = status;
  }
}

const NO_ANSWER: Problem = {
  code: "no_answer",
  message:
    "The studio does not answer. Look whether it runs and whether you are connected, then try again.",
};

/** Asks, with a session's cookie or a `token`, and gives the answer's JSON (`null` for an empty one); throws `HttpError`. */
export function ask<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
  return answer<T>(path, {
    method,
    headers: {
      ...(method === "GET" ? {} : { "Content-Type": "application/json" }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Sends a file as it is, with a session's cookie; otherwise like `ask`. */
export function sendFile<T>(method: string, path: string, file: File): Promise<T> {
  return answer<T>(path, { method, headers: { "Content-Type": file.type }, body: file });
}

async function answer<T>(path: string, request: RequestInit): Promise<T> {
  const response = await fetch(path, request).catch(() => null);
  if (!response) throw new HttpError(NO_ANSWER, 0);
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : null) as T;
  throw new HttpError(problemOf(text, response.status), response.status);
}

/** The problem in an error's body, or one made of its status. */
export function problemOf(text: string, status: number): Problem {
  try {
    const found = JSON.parse(text) as Partial<Problem>;
    if (typeof found.code === "string" && typeof found.message === "string") {
      return { code: found.code, message: found.message };
    }
  } catch {
    // Not ours: a proxy's page, perhaps.
  }
  return {
    code: `http_${status}`,
    message: `The server answered with error ${status}. Try again in a moment.`,
  };
}
