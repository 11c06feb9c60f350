/** As much of a browser as a login takes: cookies by host and port, and redirects. */
export class Browser {
  private readonly jars = new Map<string, Map<string, string>>();
  /** Attributes of cookies as they were set, by name. */
  readonly seen = new Map<string, string>();

  /** One request; redirects are not followed. */
  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.jars.get(host) ?? new Map<string, string>();
    this.jars.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.seen.set(name, line);
      if (value === '' || /max-age=0(;|$)/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Follows redirects until `isThere`, and resolves with the address that it did not ask any more. */
  async walk(url: string, isThere: (url: string) => boolean): Promise<string> {
    let at = url;
    for (let steps = 0; steps < 15 && !isThere(at); steps += 1) {
      const response = await this.send(at);
      const location = response.headers.get('location');
      if (location === null) throw new Error(`${at} answered ${response.status}: ${await response.text()}`);
      at = new URL(location, at).href;
    }
    return at;
  }

  cookies(url: string): Map<string, string> {
    return this.jars.get(new URL(url).host) ?? new Map<string, string>();
  }
}
