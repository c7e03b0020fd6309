// Browsers start no worker for a page that was opened from disk: there, the search runs in a hidden frame instead.
if (location.protocol === 'file:') window.Worker = class extends EventTarget {
  constructor(url) {
    super()
    const frame = document.createElement('iframe')
    frame.hidden = true
    document.body.append(frame)
    const inside = frame.contentWindow, script = inside.document.createElement('script')
    inside.postMessage = data => this.dispatchEvent(new MessageEvent('message', {data}))
    this.send = data => inside.dispatchEvent(new inside.MessageEvent('message', {data}))
    this.waiting = []
    script.src = new URL(url, location)
    script.onload = () => { this.waiting.forEach(this.send); this.waiting = null }
    inside.document.body.append(script)
  }
  postMessage(data) { this.waiting ? this.waiting.push(data) : this.send(data) }
  terminate() {}
}
