__version__ = "0.1.0"

from .api import *
from .api import __all__
